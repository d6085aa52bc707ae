#include "support/fake_cgroup_tree.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace squid {

FakeCgroupTree::FakeCgroupTree(std::initializer_list<Cgroup> cgroups) {
  for (const Cgroup& cgroup : cgroups) {
    add(cgroup.path);
    for (const auto& [file, text] : cgroup.files) write(cgroup.path, file, text);
  }
}

void FakeCgroupTree::write(const std::string& cgroup, const std::string& file, const std::string& text) {
  add(cgroup);
  std::ofstream out(path() + "/" + cgroup + "/" + file);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file + " of " + cgroup);
}

void FakeCgroupTree::add(const std::string& cgroup) {
  std::filesystem::create_directories(path() + "/" + cgroup);
}

void FakeCgroupTree::remove(const std::string& cgroup) {
  if (std::filesystem::remove_all(path() + "/" + cgroup) == 0)
    throw std::runtime_error("there is no cgroup " + cgroup);
}

std::uint64_t FakeCgroupTree::inode(const std::string& cgroup) const {
  struct stat status {};
  if (stat((path() + "/" + cgroup).c_str(), &status) != 0)
    throw std::runtime_error("there is no cgroup " + cgroup);
  return status.st_ino;
}

Hierarchy FakeCgroupTree::hierarchy(CgroupVersion version, std::vector<Controller> controllers) const {
  return Hierarchy{.version = version,
                   .kernel_id = version == CgroupVersion::kV2 ? 0U : 1U,
                   .mount_point = path(),
                   .controllers = std::move(controllers)};
}

std::vector<Controller> all_controllers() {
  return {Controller::kCpu, Controller::kCpuacct, Controller::kMemory, Controller::kPids, Controller::kIo};
}

Topology unified_topology(const FakeCgroupTree& tree) {
  return Topology{.shape = TopologyShape::kUnified,
                  .hierarchies = {tree.hierarchy(CgroupVersion::kV2, all_controllers())},
                  .restricted = {}};
}

}  // namespace squid
