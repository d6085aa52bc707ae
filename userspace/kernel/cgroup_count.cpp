#include "kernel/cgroup_count.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace squid {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::uint64_t count_cgroups(const Hierarchy& hierarchy) {
  if (hierarchy.version == CgroupVersion::kV2)
    return count_in_cgroup_stat(read_text(hierarchy.mount_point + "/cgroup.stat"));
  return count_in_proc_cgroups(read_text("/proc/cgroups"), hierarchy.kernel_id);
}

std::uint64_t count_in_cgroup_stat(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string key;
  for (std::uint64_t value = 0; words >> key >> value;)
    if (key == "nr_descendants") return value + 1;
  return 0;
}

std::uint64_t count_in_proc_cgroups(std::string_view text, std::uint32_t hierarchy) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string controller;
    std::uint32_t id = 0;
    std::uint64_t cgroups = 0;
    if (words >> controller >> id >> cgroups && id == hierarchy) return cgroups;
  }
  return 0;
}

}  // namespace squid
