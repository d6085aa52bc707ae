// CgroupWalks: one BPF pass over every hierarchy that has something to say. The discovery runs it and notes
// in which slot of the roster each record belongs; the source decodes the same records.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/cgroup_roster.h"
#include "core/group_mask.h"
#include "core/result.h"
#include "core/topology.h"
#include "kernel/cgroup_paths.h"
#include "kernel/cgroup_walk.h"
#include "kernel/rstat_flush.h"

namespace squid {

struct WalkedHierarchy {
  HierarchyIndex hierarchy;  // in the topology
  std::uint32_t kernel_id;   // 0: cgroup v2
  GroupMask groups;          // that its records supply
  CgroupPaths paths;

  // Of the last pass.
  bool walked = false;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  // Who the records are about, by position. The kernel walks in the order of birth, so as long as no cgroup
  // comes or goes every record is where it was, and nothing has to be looked up.
  struct Known {
    std::uint64_t inode;
    CgroupRoster::Slot slot;
  };
  std::vector<Known> known;
};

struct WalkCounts {
  std::uint64_t recorded = 0;  // of all hierarchies
  std::uint64_t seen = 0;      // of the last pass: cgroups of the largest hierarchy
  std::uint64_t overflow = 0;  // of the last pass: cgroups that did not fit
  std::uint64_t dying = 0;     // of the last pass: removed, still kept by the kernel
};

class CgroupWalks {
 public:
  struct Options {
    std::uint32_t max_records = 16384;  // of all hierarchies together
    bool per_cpu = false;
  };
  static Result<std::shared_ptr<CgroupWalks>> open(const Topology& topology, const Options& options);

  // Flushes, then walks the hierarchies that have something to tell in this pass. Makes room for more
  // records, up to the limit, where it ran out of it.
  Result<void> run();
  // Who exists is to be seen in all of them: walks again where run() left some out.
  Result<void> run_all();

  std::span<WalkedHierarchy> hierarchies() { return hierarchies_; }
  std::span<const cgroup_record> records(const WalkedHierarchy& hierarchy) const {
    return walk_->records(hierarchy.first, hierarchy.count);
  }

  // Only these groups are read from the kernel.
  void set_groups(GroupMask groups) { groups_ = groups; }
  GroupMask groups() const { return groups_; }
  // Of these, what the coming passes read.
  void set_pass_groups(GroupMask groups) { pass_groups_ = groups; }

  CgroupWalk& walk() { return *walk_; }
  const CgroupWalk& walk() const { return *walk_; }
  const WalkCounts& counts() const { return counts_; }

  // Of the hierarchy with the memory controller; null where there is none.
  const WalkedHierarchy* memory_hierarchy() const;

 private:
  CgroupWalks(std::unique_ptr<CgroupWalk> walk, std::vector<WalkedHierarchy> hierarchies,
              const Options& options, std::uint32_t records);
  Result<void> walk(GroupMask groups);
  bool is_of_use(const WalkedHierarchy& hierarchy, GroupMask groups) const;
  void flush();
  void grow(std::uint64_t wanted);

  std::unique_ptr<CgroupWalk> walk_;
  std::vector<WalkedHierarchy> hierarchies_;
  Options options_;
  std::uint32_t records_;  // that there is room for now
  std::optional<RstatFlush> flush_;
  GroupMask groups_ = 0;
  GroupMask pass_groups_ = kAllGroups;
  WalkCounts counts_;
  // walk_result::top_level_sum of cgroup v2, now and when the flush last listed what is below the root.
  std::uint64_t top_level_sum_ = 0;
  std::uint64_t listed_sum_ = 0;
};

}  // namespace squid
