#include "kernel/memory_stat_observer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace squid {
namespace {

constexpr int kAttempts = 5;
constexpr std::size_t kTextLimit = 16384;

struct FieldName {
  memory_stat_field field;
  std::string_view name;
};
constexpr std::array kNamesV2 = std::to_array<FieldName>({{STAT_ANON, "anon"},
                                                          {STAT_FILE, "file"},
                                                          {STAT_SHMEM, "shmem"},
                                                          {STAT_KERNEL, "kernel"},
                                                          {STAT_INACTIVE_FILE, "inactive_file"},
                                                          {STAT_PAGE_FAULTS, "pgfault"},
                                                          {STAT_MAJOR_FAULTS, "pgmajfault"}});
constexpr std::array kNamesV1 = std::to_array<FieldName>({{STAT_ANON, "total_rss"},
                                                          {STAT_FILE, "total_cache"},
                                                          {STAT_SHMEM, "total_shmem"},
                                                          {STAT_INACTIVE_FILE, "total_inactive_file"},
                                                          {STAT_SWAP, "total_swap"},
                                                          {STAT_PAGE_FAULTS, "total_pgfault"},
                                                          {STAT_MAJOR_FAULTS, "total_pgmajfault"}});

std::string read_text(int cgroup_fd, const char* file) {
  std::string text(kTextLimit, '\0');
  const UniqueFd fd(openat(cgroup_fd, file, O_RDONLY | O_CLOEXEC));
  const ssize_t size = fd ? read(fd.get(), text.data(), text.size()) : 0;
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

Reading parse_number(std::string_view text) {
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return {};
  return value;
}

void parse_memory_stat(std::string_view text, std::span<const FieldName> names,
                       std::array<Reading, STAT_FIELDS>& fields) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    for (const FieldName& each : names)
      if (line.substr(0, space) == each.name) fields[each.field] = parse_number(line.substr(space + 1));
  }
}

bool equal(const raw_memory_stat& a, const raw_memory_stat& b) {
  return std::equal(a.state, a.state + a.state_count, b.state) &&
         std::equal(a.events, a.events + a.events_count, b.events);
}

std::optional<MemoryStatObservation> observe(CgroupWalk& walk, bool v1, int cgroup_fd) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    read_text(cgroup_fd, "memory.stat");  // flushes
    const auto before = walk.observe_memory_stat(cgroup_fd);
    MemoryStatObservation observation;
    parse_memory_stat(read_text(cgroup_fd, "memory.stat"),
                      v1 ? std::span<const FieldName>(kNamesV1) : kNamesV2, observation.file);
    // Kernel memory is not in the file of cgroup v1, but it has the page counter that goes with it.
    if (v1) observation.file[STAT_KERNEL] = parse_number(read_text(cgroup_fd, "memory.kmem.usage_in_bytes"));
    const auto after = walk.observe_memory_stat(cgroup_fd);
    if (!before || !after) return std::nullopt;
    if (!equal(*before, *after)) continue;
    observation.raw = *after;
    return observation;
  }
  return std::nullopt;
}

}  // namespace

std::vector<MemoryStatObservation> read_memory_stat_observations(CgroupWalks& walks, std::size_t most) {
  const auto hierarchies = walks.hierarchies();
  const auto memory = std::ranges::find_if(
      hierarchies, [&](const WalkedHierarchy& each) { return &each == walks.memory_hierarchy(); });
  if (memory == hierarchies.end()) return {};
  const bool v1 = memory->kernel_id != 0;

  std::vector<std::pair<std::uint64_t, std::uint64_t>> by_usage;
  for (const cgroup_record& record : walks.records(*memory))
    by_usage.emplace_back(record.memory.usage_pages, record.inode);
  const std::size_t count = std::min(most, by_usage.size());
  std::ranges::partial_sort(by_usage, by_usage.begin() + static_cast<std::ptrdiff_t>(count), std::greater{});

  std::vector<MemoryStatObservation> observations;
  if (auto root = observe(walks.walk(), v1, memory->paths.root_fd())) {
    // The kernel memory of tasks in the root is not counted.
    root->file[STAT_KERNEL].reset();
    observations.push_back(*root);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto path = memory->paths.find(by_usage[i].second);
    if (!path) continue;
    const UniqueFd cgroup(
        openat(memory->paths.root_fd(), path->substr(1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!cgroup) continue;
    if (auto observation = observe(walks.walk(), v1, cgroup.get())) observations.push_back(*observation);
  }
  return observations;
}

}  // namespace squid
