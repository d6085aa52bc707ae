// TreeScan: finds the cgroups by walking the directories of all hierarchies. The discovery for hosts where
// the kernel cannot tell us of births and deaths.
//
// Directories are watched, so that a scan comes with the pass after a change, and seldom without one. Where
// the kernel refuses to watch, a scan comes once a second. A cgroup directory lists some forty files, so only
// those are opened that have directories in them: the link count says so. It decides neither what is a
// container nor what is read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cgroupfs/directory_watch.h"
#include "core/metric_source.h"
#include "core/topology.h"

namespace squid {

struct ScanOptions {
  // Where nothing tells of changes, and where it does: what was missed there is found then. 0: in every pass.
  std::uint64_t rescan_interval_ns = 1'000'000'000;
  std::uint64_t watched_rescan_interval_ns = 30'000'000'000;
  // Of one hierarchy. What is known already is never given up for something new.
  std::size_t max_cgroups = 65536;
  unsigned max_depth = 32;
};

class TreeScan : public Discovery {
 public:
  TreeScan(Topology topology, ScanOptions options);

  std::string_view name() const override { return "scan"; }
  // Between two scans the roster is left alone: no pass is begun.
  Result<void> refresh(CgroupRoster& roster) override;

  // Both of the last scan: cgroups of the largest hierarchy, ...
  std::size_t cgroups_seen() const { return cgroups_seen_; }
  // ... and those that were left out because of max_cgroups or max_depth.
  std::size_t over_limit() const { return over_limit_; }
  // Cgroups that came and went between two scans, ever; nothing where directories cannot be watched.
  std::size_t missed() const { return watch_.missed(); }
  bool is_watching() const { return watch_.works(); }

 private:
  struct Directory {
    std::string path;  // below the root of the hierarchy; empty: the root itself
    unsigned depth = 0;
  };

  Result<void> scan_hierarchy(CgroupRoster& roster, HierarchyIndex hierarchy);
  Result<void> scan_directory(CgroupRoster& roster, HierarchyIndex hierarchy, const Directory& directory);
  // Returns whether it is new.
  bool observe(CgroupRoster& roster, HierarchyIndex hierarchy, std::uint64_t inode, std::string_view path);
  void plan_next_scan(std::uint64_t start_ns);

  Topology topology_;
  ScanOptions options_;
  DirectoryWatch watch_;
  // Not before the first, even if there is news; not after the second, even if there is none.
  std::uint64_t may_scan_ns_ = 0;
  std::uint64_t must_scan_ns_ = 0;
  bool changed_ = false;
  std::vector<Directory> pending_;
  std::string child_path_;  // only to spare its allocation
  std::size_t cgroups_seen_ = 0;
  std::size_t over_limit_ = 0;
  // Of the hierarchy that is being scanned, and over_limit_ so far.
  std::size_t observed_ = 0;
  std::size_t introduced_ = 0;
  std::array<std::size_t, kMaxHierarchies> known_{};  // observed in the last scan
};

}  // namespace squid
