// Any text as mountinfo, and any list of controllers: whatever a mount table says, the topology that comes
// out is one that the rest of the program can live with.
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cgroupfs/topology_reader.h"
#include "cgroupfs/words.h"
#include "fuzz/require.h"

namespace {

using namespace squid;

void check(const Topology& topology) {
  require(!topology.hierarchies.empty() && topology.hierarchies.size() <= kMaxHierarchies);
  std::set<Controller> homes;
  for (std::size_t i = 0; i < topology.hierarchies.size(); ++i) {
    const Hierarchy& hierarchy = topology.hierarchies[i];
    require(!hierarchy.mount_point.empty());
    require(hierarchy.version == CgroupVersion::kV1 || i == 0);
    require(hierarchy.version == CgroupVersion::kV2 || !hierarchy.controllers.empty());
    for (const Controller controller : hierarchy.controllers) require(homes.insert(controller).second);
  }
}

}  // namespace

// Behind a zero byte: lines "controller hierarchy"; behind another one: --cgroup-root.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string copy(data, data + size);
  std::string_view rest = copy;
  std::vector<CgroupMount> mounts = parse_mountinfo(next_word(rest, '\0'));
  std::string_view lines = next_word(rest, '\0');

  std::vector<KernelController> controllers;
  while (!lines.empty()) {
    std::string_view line = next_word(lines, '\n');
    KernelController controller{.name = std::string(next_word(line, ' '))};
    controller.hierarchy = static_cast<std::uint32_t>(line.size());
    controllers.push_back(controller);
  }
  for (CgroupMount& mount : mounts) {
    require(!mount.mount_point.empty());
    if (mount.version == CgroupVersion::kV2) mount.controllers = {"cpu", "memory", "pids", "io"};
  }

  for (const std::string_view root : {std::string_view(), rest})
    if (const auto topology = compute_topology(mounts, controllers, root)) check(*topology);
  return 0;
}
