// read_topology(): finds the cgroup hierarchies of this host, what each accounts for and where we can reach it.
//
// mountinfo tells what is mounted where, libcgroup which controller sits in which hierarchy, cgroup.controllers
// what cgroup v2 accounts for. Reading and deciding are apart: compute_topology() is pure. It does not look at
// any cgroup below the roots; that is what a Discovery is for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/topology.h"

namespace squid {

struct TopologyPaths {
  std::string mountinfo = "/proc/self/mountinfo";
  std::string cgroup_root;  // --cgroup-root: only mounts at or below it are used; empty: all
};

// One mount of a cgroup file system.
struct CgroupMount {
  CgroupVersion version = CgroupVersion::kV2;
  std::string mount_point;
  std::string root;    // what of the hierarchy is mounted there, as seen from our cgroup namespace
  std::string device;  // "major:minor"
  // v1: the options of the super block, controllers among them; v2: what cgroup.controllers lists.
  std::vector<std::string> controllers;
  bool whole = true;  // the hierarchy from its very root, not only a part of it
};

// One controller of the running kernel, as libcgroup lists them.
struct KernelController {
  std::string name;
  std::uint32_t hierarchy = 0;  // 0: in cgroup v2, or mounted nowhere
};

// All mounts of cgroup and cgroup2; lines of other kinds and broken ones are passed over.
std::vector<CgroupMount> parse_mountinfo(std::string_view text);

Result<std::vector<KernelController>> read_controllers();

Result<Topology> compute_topology(const std::vector<CgroupMount>& mounts,
                                  const std::vector<KernelController>& controllers,
                                  std::string_view cgroup_root = {});

Result<Topology> read_topology(const TopologyPaths& paths);

}  // namespace squid
