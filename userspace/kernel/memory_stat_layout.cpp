#include "kernel/memory_stat_layout.h"

#include <algorithm>
#include <iterator>

namespace squid {
namespace {

using Index = std::uint32_t;

bool is_event(int field) {
  return field == STAT_PAGE_FAULTS || field == STAT_MAJOR_FAULTS;
}

// Items of the memory controller itself, at the end of the table; the others are items of a memory node.
bool is_memcg_item(int field) {
  return field == STAT_KERNEL || field == STAT_SWAP;
}

// Positions in memcg_node_stat_items of mm/memcontrol.c; no configuration changes the table before these.
constexpr Index kInactiveFilePosition = 2;
constexpr Index kAnonPosition = 14;
constexpr Index kFilePosition = 16;
constexpr Index kShmemPosition = 19;

// Events have no presumption: what stands before PGFAULT in their table depends on the configuration.
Index presumed_index(int field, const raw_memory_stat& raw) {
  if (is_event(field)) return STAT_UNKNOWN;
  // The table keeps fewer items than the enums have.
  if (raw.state_count == raw.enum_end) return raw.by_enum.of[field];
  switch (field) {
    case STAT_ANON:
      return kAnonPosition;
    case STAT_FILE:
      return kFilePosition;
    case STAT_SHMEM:
      return kShmemPosition;
    case STAT_INACTIVE_FILE:
      return kInactiveFilePosition;
    // The memory controller's own items are the last ones, in the order of their enum.
    case STAT_KERNEL:
    case STAT_SWAP:
      return raw.state_count - (raw.enum_end - raw.by_enum.of[field]);
    default:
      return STAT_UNKNOWN;
  }
}

// How an index fits the observations that have the field.
struct Match {
  std::size_t zeros = 0;    // equal, but so is much else
  std::size_t numbers = 0;  // equal and not zero
  std::size_t contradictions = 0;

  // A kernel that is busy may contradict itself: cgroup v1 shows some numbers before they reach these arrays.
  // Two cgroups do not agree by chance.
  bool proven() const { return numbers >= 2 || (numbers == 1 && contradictions == 0); }
  bool only_zeros() const { return zeros != 0 && numbers == 0 && contradictions == 0; }
};

Match match(std::span<const MemoryStatObservation> observations, int field, Index index,
            std::uint64_t page_bytes) {
  Match result;
  for (const auto& [raw, file] : observations) {
    const Index size = is_event(field) ? raw.events_count : raw.state_count;
    const Reading expected = file[static_cast<std::size_t>(field)];
    if (!expected || index >= size) continue;
    const std::uint64_t value =
        is_event(field) ? raw.events[index]
                        : static_cast<std::uint64_t>(std::max<__s64>(raw.state[index], 0)) * page_bytes;
    if (value != *expected) {
      ++result.contradictions;
    } else {
      ++(value == 0 ? result.zeros : result.numbers);
    }
  }
  return result;
}

// The only place that is proven; STAT_UNKNOWN where there is none or more than one.
Index find_proven(std::span<const MemoryStatObservation> observations, int field, std::uint64_t page_bytes) {
  Index found = STAT_UNKNOWN;
  const auto& raw = observations.front().raw;
  const Index size = is_event(field) ? raw.events_count : raw.state_count;
  for (Index index = 0; index < std::min<Index>(size, STAT_UNKNOWN); ++index) {
    if (!match(observations, field, index, page_bytes).proven()) continue;
    if (found != STAT_UNKNOWN) return STAT_UNKNOWN;
    found = index;
  }
  return found;
}

}  // namespace

memory_stat_index compute_memory_stat_layout(std::span<const MemoryStatObservation> observations,
                                             std::uint64_t page_bytes) {
  memory_stat_index layout;
  std::fill(std::begin(layout.of), std::end(layout.of), STAT_UNKNOWN);
  if (observations.empty()) return layout;

  const raw_memory_stat& raw = observations.front().raw;
  std::array<bool, STAT_FIELDS> only_zeros{};
  std::array<bool, 2> presumption_proven{};
  for (int field = 0; field < STAT_FIELDS; ++field) {
    Index index = presumed_index(field, raw);
    const Match presumed = match(observations, field, index, page_bytes);
    if (presumed.proven()) presumption_proven[is_memcg_item(field)] = true;
    only_zeros[static_cast<std::size_t>(field)] = presumed.only_zeros();
    if (!presumed.proven() && !presumed.only_zeros()) index = find_proven(observations, field, page_bytes);
    layout.of[field] = static_cast<__u8>(std::min<Index>(index, STAT_UNKNOWN));
  }
  // A host without swap has only zeros there: believed if the presumption held for a neighbour.
  for (int field = 0; field < STAT_FIELDS; ++field)
    if (only_zeros[static_cast<std::size_t>(field)] && !presumption_proven[is_memcg_item(field)])
      layout.of[field] = STAT_UNKNOWN;

  // PGMAJFAULT follows PGFAULT in every table, and may well be zero.
  if (layout.of[STAT_PAGE_FAULTS] != STAT_UNKNOWN) {
    const Index next = layout.of[STAT_PAGE_FAULTS] + 1U;
    const Match following = match(observations, STAT_MAJOR_FAULTS, next, page_bytes);
    if (following.proven() || following.only_zeros()) layout.of[STAT_MAJOR_FAULTS] = static_cast<__u8>(next);
  }
  return layout;
}

}  // namespace squid
