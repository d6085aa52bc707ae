#include "kernel/cgroup_walks.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "kernel/cgroup_count.h"

namespace squid {
namespace {

// Room for some thousand containers, in each hierarchy. More is made by loading the programs anew, some 100
// ms, which a process that has given up the right to load them cannot do: it has what is there at its start.
constexpr std::uint64_t kFirstRecords = 8192;
constexpr std::uint64_t kRoomToGrow = 4;  // times as many as there are at the start

constexpr GroupMask kMemoryGroups = group_bit(MetricGroup::kMemory) | group_bit(MetricGroup::kMemoryStat) |
                                    group_bit(MetricGroup::kMemoryEvents);

GroupMask groups_of(const Hierarchy& hierarchy) {
  using enum MetricGroup;
  GroupMask groups = 0;
  // Cgroup v2 counts CPU time and pressure in every cgroup, also where the controllers are elsewhere.
  if (hierarchy.version == CgroupVersion::kV2)
    groups |= group_bit(kCpu) | group_bit(kPerCpu) | group_bit(kPressure);
  for (const Controller controller : hierarchy.controllers) {
    if (controller == Controller::kCpu) groups |= group_bit(kThrottling);
    if (controller == Controller::kMemory) groups |= kMemoryGroups;
    if (controller == Controller::kPids) groups |= group_bit(kPids);
  }
  return groups;
}

const WalkedHierarchy* find_with(std::span<const WalkedHierarchy> hierarchies, MetricGroup group) {
  const auto found =
      std::find_if(hierarchies.begin(), hierarchies.end(),
                   [group](const WalkedHierarchy& each) { return (each.groups & group_bit(group)) != 0; });
  return found == hierarchies.end() ? nullptr : &*found;
}

}  // namespace

Result<std::shared_ptr<CgroupWalks>> CgroupWalks::open(const Topology& topology, const Options& options) {
  std::vector<WalkedHierarchy> hierarchies;
  std::uint64_t cgroups = 0;
  for (std::size_t i = 0; i < topology.hierarchies.size(); ++i) {
    const Hierarchy& hierarchy = topology.hierarchies[i];
    const GroupMask groups = groups_of(hierarchy);
    if (groups == 0) continue;
    auto paths = CgroupPaths::open(hierarchy.mount_point);
    if (!paths) return paths.error();
    cgroups += count_cgroups(hierarchy);
    hierarchies.push_back({.hierarchy = static_cast<HierarchyIndex>(i),
                           .kernel_id = hierarchy.kernel_id,
                           .groups = groups,
                           .paths = std::move(*paths),
                           .known = {}});
  }
  if (hierarchies.empty()) return Error{"no cgroup hierarchy of this host can be read by BPF"};

  const auto records = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      options.max_records, std::max(kFirstRecords * hierarchies.size(), cgroups * kRoomToGrow)));
  auto walk = CgroupWalk::load({.records = records, .per_cpu = options.per_cpu});
  if (!walk) return walk.error();
  return std::shared_ptr<CgroupWalks>(
      new CgroupWalks(std::move(*walk), std::move(hierarchies), options, records));
}

CgroupWalks::CgroupWalks(std::unique_ptr<CgroupWalk> walk, std::vector<WalkedHierarchy> hierarchies,
                         const Options& options, std::uint32_t records)
    : walk_(std::move(walk)), hierarchies_(std::move(hierarchies)), options_(options), records_(records) {
  for (const WalkedHierarchy& hierarchy : hierarchies_) groups_ |= hierarchy.groups;
  const WalkedHierarchy* cpu = find_with(hierarchies_, MetricGroup::kCpu);
  const WalkedHierarchy* memory = memory_hierarchy();
  flush_.emplace(cpu != nullptr ? cpu->paths.root_fd() : -1,
                 memory != nullptr ? memory->paths.root_fd() : -1);
}

const WalkedHierarchy* CgroupWalks::memory_hierarchy() const {
  return find_with(hierarchies_, MetricGroup::kMemory);
}

Result<void> CgroupWalks::run() {
  flush();
  auto walked = walk(pass_groups_);
  if (walked && counts_.overflow != 0 && records_ < options_.max_records) {
    grow((counts_.recorded + counts_.overflow) * 2);
    walked = walk(pass_groups_);
  }
  if (walked && top_level_sum_ != listed_sum_) {
    // Who comes while they are listed may be missing in the list.
    listed_sum_ = top_level_sum_;
    flush_->list_top_level();
    flush();
    walked = walk(pass_groups_);
  }
  return walked;
}

Result<void> CgroupWalks::run_all() {
  const bool complete = std::ranges::all_of(hierarchies_, [this](const WalkedHierarchy& hierarchy) {
    return hierarchy.walked || !is_of_use(hierarchy, kAllGroups);
  });
  return complete ? Result<void>{} : walk(kAllGroups);
}

void CgroupWalks::flush() {
  flush_->flush_cpu();
  if ((groups_ & pass_groups_ & group_bit(MetricGroup::kMemoryStat)) != 0) flush_->flush_memory();
}

void CgroupWalks::grow(std::uint64_t wanted) {
  const auto records = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, options_.max_records));
  auto walk = CgroupWalk::load({.records = records, .per_cpu = options_.per_cpu});
  if (!walk) {
    // No memory for it, or no right any more: what there is goes on, and the rest stays counted as overflow.
    options_.max_records = records_;
    return;
  }
  (*walk)->set_memory_stat_index(walk_->get_memory_stat_index());
  walk_ = std::move(*walk);
  records_ = records;
}

// Hierarchies with none of these groups are left out. What is read is what the pass asks for.
Result<void> CgroupWalks::walk(GroupMask groups) {
  std::array<walk_request, WALKS_MAX> requests;
  std::size_t asked = 0;
  for (WalkedHierarchy& hierarchy : hierarchies_) {
    hierarchy.count = 0;
    hierarchy.walked = is_of_use(hierarchy, groups);
    if (!hierarchy.walked) continue;
    const GroupMask read = hierarchy.groups & groups_ & pass_groups_;
    requests[asked++] = {
        .root_inode = hierarchy.paths.root_inode(),
        .hierarchy = hierarchy.kernel_id,
        .groups = read,
        .per_cpu = (read & group_bit(MetricGroup::kPerCpu)) != 0 && walk_->cpu_count() != 0,
        .padding = 0,
    };
  }
  const auto results = walk_->run(std::span(requests).first(asked));
  if (!results) return results.error();

  counts_ = {};
  auto result = results->begin();
  for (WalkedHierarchy& hierarchy : hierarchies_) {
    if (!hierarchy.walked) continue;
    hierarchy.first = result->first;
    hierarchy.count = result->recorded;
    counts_.recorded += result->recorded;
    counts_.seen = std::max<std::uint64_t>(counts_.seen, result->recorded);
    counts_.overflow += result->overflow;
    counts_.dying += result->dying;
    if (hierarchy.kernel_id == 0) top_level_sum_ = result->top_level_sum;
    ++result;
  }
  return {};
}

// The first one is walked for the sake of discovery alone, too.
bool CgroupWalks::is_of_use(const WalkedHierarchy& hierarchy, GroupMask groups) const {
  return (hierarchy.groups & groups_ & groups) != 0 || &hierarchy == &hierarchies_.front();
}

}  // namespace squid
