#include "cgroupfs/topology_reader.h"

#include <fmt/format.h>
#include <libcgroup.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "cgroupfs/words.h"

namespace squid {
namespace {

struct ControllerName {
  std::string_view v1;
  std::string_view v2;  // empty: cgroup v2 counts it in every cgroup, with or without a controller
  Controller controller;
};
constexpr auto kControllerNames = std::to_array<ControllerName>({
    {"cpu", "cpu", Controller::kCpu},
    {"cpuacct", "", Controller::kCpuacct},
    {"memory", "memory", Controller::kMemory},
    {"pids", "pids", Controller::kPids},
    {"blkio", "io", Controller::kIo},
});

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// mountinfo writes blanks and backslashes as three octal digits.
std::string unescape_octal(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
        octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<std::string> split(std::string_view list, char separator) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::string_view part = next_word(list, separator);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

std::optional<CgroupMount> parse_mount(std::string_view line) {
  next_word(line, ' ');  // id
  next_word(line, ' ');  // parent
  CgroupMount mount;
  mount.device = next_word(line, ' ');
  mount.root = unescape_octal(next_word(line, ' '));
  mount.mount_point = unescape_octal(next_word(line, ' '));

  // Any number of optional fields comes before the lone dash.
  const auto dash = line.find(" - ");
  if (mount.mount_point.empty() || dash == std::string_view::npos) return std::nullopt;
  line.remove_prefix(dash + 3);
  const std::string_view type = next_word(line, ' ');
  if (type != "cgroup" && type != "cgroup2") return std::nullopt;
  next_word(line, ' ');  // device
  mount.version = type == "cgroup2" ? CgroupVersion::kV2 : CgroupVersion::kV1;
  if (mount.version == CgroupVersion::kV1) mount.controllers = split(next_word(line, ' '), ',');
  mount.whole = mount.root == "/";
  return mount;
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_below(std::string_view path, std::string_view directory) {
  while (directory.ends_with('/')) directory.remove_suffix(1);
  if (!path.starts_with(directory)) return false;
  return path.size() == directory.size() || path[directory.size()] == '/';
}

// Whether the mount's hierarchy accounts for anything that we read. cgroup v2 always does.
bool is_useful(const CgroupMount& mount) {
  return mount.version == CgroupVersion::kV2 ||
         std::any_of(kControllerNames.begin(), kControllerNames.end(),
                     [&](const ControllerName& name) { return contains(mount.controllers, name.v1); });
}

Hierarchy legacy_hierarchy(const CgroupMount& mount, const std::vector<KernelController>& kernel) {
  Hierarchy hierarchy{
      .version = CgroupVersion::kV1, .kernel_id = 0, .mount_point = mount.mount_point, .controllers = {}};
  for (const ControllerName& name : kControllerNames) {
    if (!contains(mount.controllers, name.v1)) continue;
    hierarchy.controllers.push_back(name.controller);
    for (const KernelController& known : kernel)
      if (known.name == name.v1) hierarchy.kernel_id = known.hierarchy;
  }
  return hierarchy;
}

Hierarchy unified_hierarchy(const CgroupMount& mount) {
  Hierarchy hierarchy{
      .version = CgroupVersion::kV2, .kernel_id = 0, .mount_point = mount.mount_point, .controllers = {}};
  for (const ControllerName& name : kControllerNames)
    if (name.v2.empty() || contains(mount.controllers, name.v2))
      hierarchy.controllers.push_back(name.controller);
  return hierarchy;
}

// The mounts that we use: one for each hierarchy, a whole one where there is one.
std::vector<const CgroupMount*> choose_mounts(const std::vector<CgroupMount>& mounts,
                                              std::string_view cgroup_root) {
  std::vector<const CgroupMount*> chosen;
  const auto same_hierarchy = [](const CgroupMount& a, const CgroupMount& b) {
    if (a.version != b.version) return false;
    if (a.version == CgroupVersion::kV2) return true;
    return std::all_of(kControllerNames.begin(), kControllerNames.end(), [&](const ControllerName& name) {
      return contains(a.controllers, name.v1) == contains(b.controllers, name.v1);
    });
  };
  for (const CgroupMount& mount : mounts) {
    if (!is_useful(mount)) continue;
    if (!cgroup_root.empty() && !is_below(mount.mount_point, cgroup_root)) continue;
    const auto known = std::find_if(chosen.begin(), chosen.end(),
                                    [&](const CgroupMount* other) { return same_hierarchy(*other, mount); });
    if (known == chosen.end()) {
      chosen.push_back(&mount);
    } else if (mount.whole && !(*known)->whole) {
      *known = &mount;
    }
  }
  // Paths in a whole hierarchy and in a part of one do not match, so the two cannot be read together.
  if (std::any_of(chosen.begin(), chosen.end(), [](const CgroupMount* mount) { return mount->whole; }))
    std::erase_if(chosen, [](const CgroupMount* mount) { return !mount->whole; });
  return chosen;
}

// A controller has one home. Every cgroup of v2 counts CPU time, so v2 may offer what a v1 hierarchy owns;
// two v1 hierarchies never own the same one, and if a table says so, the first counts.
void take_over(Topology& topology, Hierarchy& newcomer) {
  std::erase_if(newcomer.controllers, [&](Controller controller) {
    const auto owner = topology.find(controller);
    if (!owner) return false;
    Hierarchy& other = topology.hierarchies[*owner];
    if (other.version == CgroupVersion::kV1) return true;
    std::erase(other.controllers, controller);
    return false;
  });
}

constexpr std::string_view kRestricted =
    "only the cgroups below our own are visible here (a private cgroup namespace); to see the whole host "
    "from a "
    "container, start it with --cgroupns=host and -v /sys/fs/cgroup:/sys/fs/cgroup:ro";

// Looks at the mount itself: is it still there, is it the whole hierarchy, and what does it account for?
bool inspect_mount(CgroupMount& mount) {
  struct stat status {};
  if (stat(mount.mount_point.c_str(), &status) != 0) return false;
  // Something else may have been mounted over it.
  if (fmt::format("{}:{}", major(status.st_dev), minor(status.st_dev)) != mount.device) return false;
  // The root directory of a hierarchy is the first inode of its kernfs, whatever our cgroup namespace makes
  // mountinfo say: inside of one, "/" may be our own cgroup, and the true root "/../..".
  mount.whole = status.st_ino == 1;
  if (mount.version == CgroupVersion::kV2) {
    std::string controllers = read_text(mount.mount_point + "/cgroup.controllers");
    std::replace(controllers.begin(), controllers.end(), '\n', ' ');
    mount.controllers = split(controllers, ' ');
  }
  return true;
}

}  // namespace

std::vector<CgroupMount> parse_mountinfo(std::string_view text) {
  std::vector<CgroupMount> mounts;
  while (!text.empty())
    if (auto mount = parse_mount(next_word(text, '\n'))) mounts.push_back(std::move(*mount));
  return mounts;
}

Result<std::vector<KernelController>> read_controllers() {
  std::vector<KernelController> controllers;
  const auto info = std::make_unique<controller_data>();  // two path buffers: too large for the stack
  void* handle = nullptr;
  int status = cgroup_get_all_controller_begin(&handle, info.get());
  for (; status == 0; status = cgroup_get_all_controller_next(&handle, info.get()))
    controllers.push_back({.name = info->name, .hierarchy = static_cast<std::uint32_t>(info->hierarchy)});
  if (handle != nullptr) cgroup_get_all_controller_end(&handle);
  if (status != ECGEOF)
    return Error{fmt::format("cannot list the cgroup controllers of this kernel ({}); is /proc mounted?",
                             cgroup_strerror(status))};
  return controllers;
}

Result<Topology> compute_topology(const std::vector<CgroupMount>& mounts,
                                  const std::vector<KernelController>& controllers,
                                  std::string_view cgroup_root) {
  Topology topology;
  bool whole = true;
  auto chosen = choose_mounts(mounts, cgroup_root);
  std::stable_partition(chosen.begin(), chosen.end(),
                        [](const CgroupMount* mount) { return mount->version == CgroupVersion::kV2; });
  for (const CgroupMount* mount : chosen) {
    whole = whole && mount->whole;
    if (mount->version == CgroupVersion::kV2) {
      topology.hierarchies.push_back(unified_hierarchy(*mount));
    } else {
      Hierarchy hierarchy = legacy_hierarchy(*mount, controllers);
      take_over(topology, hierarchy);
      if (!hierarchy.controllers.empty()) topology.hierarchies.push_back(std::move(hierarchy));
    }
  }
  if (topology.hierarchies.empty())
    return Error{cgroup_root.empty()
                     ? std::string("no cgroup file system is mounted here that accounts for CPU, memory or "
                                   "pids; mount one: mount -t cgroup2 none /sys/fs/cgroup")
                     : fmt::format("--cgroup-root: no cgroup file system is mounted at or below {}; name the "
                                   "directory where the host's /sys/fs/cgroup is mounted",
                                   cgroup_root)};

  const bool has_unified = topology.unified().has_value();
  const bool has_legacy = topology.hierarchies.back().version == CgroupVersion::kV1;
  topology.shape = !has_unified ? TopologyShape::kLegacy
                   : has_legacy ? TopologyShape::kHybrid
                                : TopologyShape::kUnified;
  if (!whole) topology.restricted = kRestricted;
  return topology;
}

Result<Topology> read_topology(const TopologyPaths& paths) {
  const std::string mountinfo = read_text(paths.mountinfo);
  if (mountinfo.empty())
    return Error{
        fmt::format("cannot read {}, which lists the cgroup mounts; is /proc mounted?", paths.mountinfo)};
  auto mounts = parse_mountinfo(mountinfo);
  std::erase_if(mounts, [](CgroupMount& mount) { return !inspect_mount(mount); });
  const auto controllers = read_controllers();
  if (!controllers) return controllers.error();
  return compute_topology(mounts, *controllers, paths.cgroup_root);
}

}  // namespace squid
