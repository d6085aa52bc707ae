#include "resolvers/containerd_tasks.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "resolvers/cgroup_path.h"
#include "resolvers/host_file.h"
#include "resolvers/host_processes.h"

namespace squid {
namespace {

constexpr std::string_view kTaskFolder = "io.containerd.runtime.v2.task";
constexpr std::size_t kMostShims = 4096;
constexpr std::size_t kMostRoots = 16;

}  // namespace

std::vector<TaskRoot> known_task_roots(const std::string& host_root) {
  std::vector<TaskRoot> roots;
  for (const std::string state :
       {"/run/containerd", "/run/k3s/containerd", "/var/snap/microk8s/common/run/containerd"})
    roots.push_back({host_root, state + "/" + std::string(kTaskFolder)});
  return roots;
}

std::optional<std::string> parse_bundle_path(std::string_view path) {
  const std::string_view tasks = parent_of(parent_of(path));
  if (!path.starts_with('/') || last_element(tasks) != kTaskFolder) return std::nullopt;
  return std::string(tasks);
}

std::vector<TaskRoot> find_task_roots(const std::string& host_root) {
  std::vector<TaskRoot> roots;
  std::vector<NameFile::Stamp> stamps;
  // Of "containerd-shim-runc-v2", as long as the kernel keeps it.
  for (const std::string& process : find_processes(host_root, "containerd-shim", kMostShims)) {
    std::error_code error;
    const auto bundle = std::filesystem::read_symlink(process + "/cwd", error);
    const auto path = error ? std::nullopt : parse_bundle_path(bundle.native());
    if (!path) continue;
    TaskRoot root{.file_system = process + "/root", .path = *path};
    // Each shim shows it; those of a user's own containerd lie elsewhere at the same path.
    const auto stamp = stamp_host_file(root.file_system, root.path);
    if (!stamp || std::find(stamps.begin(), stamps.end(), *stamp) != stamps.end()) continue;
    stamps.push_back(*stamp);
    // The shim ends with its containers; as a rule it sees the same files as its host.
    const auto of_host = stamp_host_file(host_root, root.path);
    if (of_host && *of_host == *stamp) root.file_system = host_root;
    roots.push_back(std::move(root));
    if (roots.size() == kMostRoots) break;
  }
  return roots;
}

}  // namespace squid
