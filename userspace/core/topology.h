// Topology: which cgroup hierarchies this host has, what each is good for, and where we can read it. Plain
// facts; cgroupfs/topology_reader.h finds them out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace squid {

enum class Controller : std::uint8_t { kCpu, kCpuacct, kMemory, kPids, kIo };
inline constexpr std::size_t kControllerCount = 5;

enum class CgroupVersion : std::uint8_t { kV1, kV2 };

// Position in Topology::hierarchies.
using HierarchyIndex = std::uint8_t;
// cgroup v2 and one v1 hierarchy for each controller that we read.
inline constexpr std::size_t kMaxHierarchies = kControllerCount + 1;

struct Hierarchy {
  CgroupVersion version = CgroupVersion::kV2;
  std::uint32_t kernel_id = 0;          // the kernel's hierarchy number; 0 is cgroup v2
  std::string mount_point;              // where its root directory is for us
  std::vector<Controller> controllers;  // that it accounts for; may be empty (v2 on a hybrid host)
};

enum class TopologyShape : std::uint8_t { kUnified, kHybrid, kLegacy };

struct Topology {
  TopologyShape shape = TopologyShape::kUnified;
  std::vector<Hierarchy> hierarchies;  // cgroup v2 first where there is one
  // We see only the part of the tree below our own cgroup (a private cgroup namespace): one sentence that
  // says so.
  std::optional<std::string> restricted;

  std::optional<HierarchyIndex> unified() const {
    if (hierarchies.empty() || hierarchies.front().version != CgroupVersion::kV2) return std::nullopt;
    return HierarchyIndex{0};
  }
  std::optional<HierarchyIndex> find(Controller controller) const {
    for (std::size_t i = 0; i < hierarchies.size(); ++i)
      for (const Controller has : hierarchies[i].controllers)
        if (has == controller) return static_cast<HierarchyIndex>(i);
    return std::nullopt;
  }
};

}  // namespace squid
