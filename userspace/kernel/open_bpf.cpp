#include "kernel/open_bpf.h"

#include <unistd.h>

#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "kernel/memory_stat_observer.h"

namespace squid {
namespace {

constexpr std::size_t kObservedCgroups = 8;

constexpr std::array<std::string_view, STAT_FIELDS> kFieldNames{
    "anon", "file", "shmem", "kernel", "inactive_file", "swap", "page faults", "major faults"};

// Returns the fields of the memory statistics that stay unknown, in words.
std::string find_memory_stat_layout(CgroupWalks& walks) {
  const auto observations = read_memory_stat_observations(walks, kObservedCgroups);
  const auto layout =
      compute_memory_stat_layout(observations, static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
  walks.walk().set_memory_stat_index(layout);

  // What the walk takes from page counters instead; see read_memory_stat() in bpf/read_cgroup.h.
  const bool v1 = walks.memory_hierarchy()->kernel_id != 0;
  const int not_needed = v1 ? STAT_KERNEL : STAT_SWAP;
  std::string unknown;
  for (int field = 0; field < STAT_FIELDS; ++field) {
    if (layout.of[field] != STAT_UNKNOWN || field == not_needed) continue;
    if (!unknown.empty()) unknown += ", ";
    unknown += kFieldNames[static_cast<std::size_t>(field)];
  }
  return unknown;
}

std::string missing_remark(MetricGroup group) {
  switch (group) {
    case MetricGroup::kCpu:
      return "CPU times are only kept in cgroup v2, which is not mounted";
    case MetricGroup::kPressure:
      return "pressure is only kept in cgroup v2, which is not mounted";
    case MetricGroup::kPerCpu:
      return "not asked for, or not kept by this kernel (since Linux 6.6, in cgroup v2)";
    case MetricGroup::kIo:
    case MetricGroup::kSockets:
    case MetricGroup::kNetwork:
    case MetricGroup::kLatency:
      return "counted by programs of its own";
    default:
      return "the controller is not enabled in any cgroup hierarchy";
  }
}

}  // namespace

Result<BpfParts> open_bpf(const Topology& topology, const BpfOptions& options) {
  // The kernel takes its time to verify programs, and does so on another core meanwhile.
  std::optional<Result<std::unique_ptr<Lifecycle>>> lifecycle;
  std::jthread loading;
  if (options.lifecycle) loading = std::jthread([&] { lifecycle = Lifecycle::load(topology); });
  auto opened = CgroupWalks::open(topology, {.max_records = options.max_records, .per_cpu = options.per_cpu});
  if (!opened) return opened.error();
  const std::shared_ptr<CgroupWalks> walks = std::move(*opened);
  if (auto walked = walks->run(); !walked) return walked.error();

  BpfParts parts;
  parts.supplies = walks->groups();
  if (walks->walk().cpu_count() == 0) parts.supplies &= ~group_bit(MetricGroup::kPerCpu);
  if (walks->memory_hierarchy() != nullptr) {
    const std::string unknown = find_memory_stat_layout(*walks);
    if (!unknown.empty())
      parts.remarks[static_cast<std::size_t>(MetricGroup::kMemoryStat)] =
          "this kernel's place for " + unknown + " could not be confirmed against memory.stat";
  }
  for (std::size_t i = 0; i < kMetricGroupCount; ++i) {
    const auto group = static_cast<MetricGroup>(i);
    if ((parts.supplies & group_bit(group)) == 0) parts.remarks[i] = missing_remark(group);
  }

  if (options.lifecycle) {
    loading.join();
    if (*lifecycle)
      parts.lifecycle = **std::move(lifecycle);
    else
      parts.lifecycle_remark = lifecycle->error().message;
  }
  parts.discovery = std::make_unique<WalkDiscovery>(walks, parts.lifecycle);
  parts.source = std::make_unique<BpfSource>(walks, parts.lifecycle);
  parts.source->set_groups(parts.supplies);
  return parts;
}

}  // namespace squid
