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

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

}  // namespace

std::vector<TaskRoot> known_task_roots(const std::string& host_root) {
  std::vector<std::string> states = {"/run/containerd", "/run/k3s/containerd", "/run/k0s/containerd",
                                     "/var/snap/microk8s/common/run/containerd"};
  for (const char* const config :
       {"/etc/containerd/config.toml", "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
        "/var/lib/rancher/rke2/agent/etc/containerd/config.toml"}) {
    const auto text = read_host_file(host_root, config);
    std::string state = text ? parse_state(*text) : std::string();
    if (!state.empty() && std::ranges::count(states, state) == 0) states.push_back(std::move(state));
  }
  std::vector<TaskRoot> roots;
  for (const std::string& state : states)
    roots.push_back({host_root, state + "/" + std::string(kTaskFolder)});
  return roots;
}

std::string parse_state(std::string_view config) {
  while (!config.empty()) {
    std::string_view line = config.substr(0, config.find('\n'));
    config.remove_prefix(std::min(line.size() + 1, config.size()));
    line = without_blanks(line);
    // Of a table, and so are all that follow.
    if (line.starts_with('[')) break;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || without_blanks(line.substr(0, equals)) != "state") continue;
    line = without_blanks(line.substr(equals + 1));
    if (!line.starts_with('"') && !line.starts_with('\'')) break;
    const std::string_view path = line.substr(1, line.find(line.front(), 1) - 1);
    // Nobody's path has something to be escaped in it.
    const bool is_plain = path.starts_with('/') && path.find('\\') == std::string_view::npos;
    return is_plain ? std::string(path) : std::string();
  }
  return {};
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
