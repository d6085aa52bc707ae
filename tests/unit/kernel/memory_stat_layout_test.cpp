#include "kernel/memory_stat_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace squid {
namespace {

constexpr std::uint64_t kPage = 4096;

// Like a kernel with the private table: 33 node items, then 7 of the memory controller.
constexpr memory_stat_index kTableKernel{{14, 16, 19, 37, 2, 33, 12, 13}};
raw_memory_stat table_kernel() {
  raw_memory_stat raw{};
  raw.seen = 1;
  raw.state_count = 40;
  raw.events_count = 31;
  raw.enum_end = 58;
  raw.by_enum = {{17, 19, 22, 55, 2, 51, 0, 0}};
  return raw;
}

// Like one that is indexed by the enum.
constexpr memory_stat_index kEnumKernel{{17, 19, 22, 51, 2, 47, 5, 6}};
raw_memory_stat enum_kernel() {
  raw_memory_stat raw{};
  raw.seen = 1;
  raw.state_count = 53;
  raw.events_count = 17;
  raw.enum_end = 53;
  raw.by_enum = {{17, 19, 22, 51, 2, 47, 0, 0}};
  return raw;
}

bool is_event(int field) {
  return field == STAT_PAGE_FAULTS || field == STAT_MAJOR_FAULTS;
}

// A cgroup with these numbers at those places, and the file to match.
MemoryStatObservation observe(raw_memory_stat raw, const memory_stat_index& places,
                              const std::array<std::uint64_t, STAT_FIELDS>& numbers) {
  MemoryStatObservation observation{.raw = raw, .file = {}};
  for (int field = 0; field < STAT_FIELDS; ++field) {
    const std::uint64_t number = numbers[static_cast<std::size_t>(field)];
    if (is_event(field)) {
      observation.raw.events[places.of[field]] = number;
    } else {
      observation.raw.state[places.of[field]] = static_cast<__s64>(number);
    }
    observation.file[static_cast<std::size_t>(field)] = is_event(field) ? number : number * kPage;
  }
  return observation;
}

std::vector<int> places_of(const memory_stat_index& index) {
  return {std::begin(index.of), std::end(index.of)};
}

std::vector<int> compute(const std::vector<MemoryStatObservation>& observations) {
  return places_of(compute_memory_stat_layout(observations, kPage));
}

TEST(MemoryStatLayout, IsTheEnumWhereTheArrayIsAsLong) {
  EXPECT_EQ(compute({observe(enum_kernel(), kEnumKernel, {101, 102, 103, 104, 105, 106, 107, 108})}),
            places_of(kEnumKernel));
}

TEST(MemoryStatLayout, IsTheOrderOfTheSourceWhereTheArrayIsShorter) {
  EXPECT_EQ(compute({observe(table_kernel(), kTableKernel, {101, 102, 103, 104, 105, 106, 107, 108})}),
            places_of(kTableKernel));
}

TEST(MemoryStatLayout, NothingIsKnownWithoutObservations) {
  EXPECT_EQ(compute({}), std::vector<int>(STAT_FIELDS, STAT_UNKNOWN));
}

TEST(MemoryStatLayout, AFieldElsewhereIsFoundByItsNumber) {
  memory_stat_index places = kTableKernel;
  places.of[STAT_SHMEM] = 25;
  EXPECT_EQ(compute({observe(table_kernel(), places, {101, 102, 103, 104, 105, 106, 107, 108})}),
            places_of(places));
}

TEST(MemoryStatLayout, AFieldElsewhereStaysUnknownWhereItsNumberIsNotUnique) {
  memory_stat_index places = kTableKernel;
  places.of[STAT_SHMEM] = 25;
  MemoryStatObservation ambiguous = observe(table_kernel(), places, {101, 102, 103, 104, 105, 106, 107, 108});
  ambiguous.raw.state[30] = 103;
  EXPECT_EQ(compute({ambiguous})[STAT_SHMEM], STAT_UNKNOWN);

  // Another cgroup in which the two differ decides.
  const auto other = observe(table_kernel(), places, {201, 202, 203, 204, 205, 206, 207, 208});
  EXPECT_EQ(compute({ambiguous, other})[STAT_SHMEM], 25);
}

TEST(MemoryStatLayout, ZerosAreBelievedBesideANeighbourThatIsProven) {
  const auto no_swap = observe(table_kernel(), kTableKernel, {101, 102, 0, 104, 105, 0, 107, 0});
  EXPECT_EQ(compute({no_swap}), places_of(kTableKernel));
}

TEST(MemoryStatLayout, ZerosAloneProveNothing) {
  const auto empty = observe(table_kernel(), kTableKernel, {0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(compute({empty}), std::vector<int>(STAT_FIELDS, STAT_UNKNOWN));
  // The controller's own items are not neighbours of the node's items.
  const auto node_only = observe(table_kernel(), kTableKernel, {101, 102, 103, 0, 105, 0, 107, 0});
  EXPECT_EQ(compute({node_only})[STAT_SWAP], STAT_UNKNOWN);
  EXPECT_EQ(compute({node_only})[STAT_ANON], kTableKernel.of[STAT_ANON]);
}

TEST(MemoryStatLayout, ANumberThatIsNowhereIsUnknown) {
  auto observation = observe(table_kernel(), kTableKernel, {101, 102, 103, 104, 105, 106, 107, 108});
  observation.file[STAT_KERNEL] = 999 * kPage;
  EXPECT_EQ(compute({observation})[STAT_KERNEL], STAT_UNKNOWN);
}

TEST(MemoryStatLayout, TwoCgroupsOutweighOneThatWasCaughtInBetween) {
  const auto first = observe(table_kernel(), kTableKernel, {101, 102, 103, 104, 105, 106, 107, 108});
  const auto second = observe(table_kernel(), kTableKernel, {201, 202, 203, 204, 205, 206, 207, 208});
  auto busy = observe(table_kernel(), kTableKernel, {301, 302, 303, 304, 305, 306, 307, 308});
  busy.file[STAT_KERNEL] = 333 * kPage;
  EXPECT_EQ(compute({first, busy, second})[STAT_KERNEL], kTableKernel.of[STAT_KERNEL]);
  EXPECT_EQ(compute({first, busy})[STAT_KERNEL], STAT_UNKNOWN);
}

TEST(MemoryStatLayout, AFieldThatAFileLacksIsUnknownAndHarmsNoOther) {
  auto observation = observe(table_kernel(), kTableKernel, {101, 102, 103, 104, 105, 106, 107, 108});
  observation.file[STAT_SWAP].reset();
  auto expected = places_of(kTableKernel);
  expected[STAT_SWAP] = STAT_UNKNOWN;
  EXPECT_EQ(compute({observation}), expected);
}

TEST(MemoryStatLayout, ArraysShorterThanPresumedAreNotReadBeyondTheirEnd) {
  raw_memory_stat tiny = table_kernel();
  tiny.state_count = 3;
  tiny.events_count = 0;
  MemoryStatObservation observation{.raw = tiny, .file = {}};
  observation.file.fill(4096);
  EXPECT_EQ(compute({observation}), std::vector<int>(STAT_FIELDS, STAT_UNKNOWN));
}

}  // namespace
}  // namespace squid
