// FakeCgroupTree: a cgroup hierarchy of plain files in a temporary directory, written as one literal:
//   FakeCgroupTree tree{{"docker-abc.scope", {{"memory.current", "4096\n"}}}};
// It is gone at the end of the test. It cannot do what only the kernel does: a removed cgroup's open files go
// on telling their old text here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "core/topology.h"
#include "support/temp_dir.h"

namespace squid {

class FakeCgroupTree {
 public:
  using Files = std::vector<std::pair<std::string, std::string>>;  // name, text
  struct Cgroup {
    std::string path;  // with or without the leading slash; missing parents are made
    Files files;
  };

  FakeCgroupTree(std::initializer_list<Cgroup> cgroups);

  const std::string& path() const { return directory_.path(); }
  // Makes the cgroup where there is none. The file stays the same one if it exists.
  void write(const std::string& cgroup, const std::string& file, const std::string& text);
  void add(const std::string& cgroup);
  void remove(const std::string& cgroup);
  std::uint64_t inode(const std::string& cgroup) const;

  // This tree as one hierarchy of a host.
  Hierarchy hierarchy(CgroupVersion version, std::vector<Controller> controllers) const;

 private:
  TempDir directory_;
};

// What cgroup v2 accounts for where it owns everything.
std::vector<Controller> all_controllers();

// A host whose only hierarchy is this tree.
Topology unified_topology(const FakeCgroupTree& tree);

}  // namespace squid
