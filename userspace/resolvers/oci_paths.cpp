// docker, podman, containerd and CRI-O: 64 digits with the runtime's mark before them, or without one.
#include "resolvers/cgroup_path.h"
#include "resolvers/path_rules.h"

namespace squid {
namespace {

constexpr std::size_t kIdLength = 64;

struct Mark {
  std::string_view name;
  std::string_view runtime;
  // The cgroupfs driver gives "libpod-<id>" without ".scope"; with docker such a name is somebody else's.
  bool only_scope = false;
};

constexpr Mark kMarks[] = {
    {"docker", "docker", true}, {"libpod", "podman"},      {"libpod-payload", "podman"},
    {"crio", "cri-o"},          {"nerdctl", "containerd"}, {"cri-containerd", "containerd"},
};

// "docker-<id>.scope", "crio-<id>"
std::optional<Identity> match_dashes(std::string_view name) {
  constexpr std::string_view kScope = ".scope";
  const bool is_scope = name.ends_with(kScope);
  if (is_scope) name.remove_suffix(kScope.size());
  if (name.size() <= kIdLength) return std::nullopt;
  const std::string_view id = name.substr(name.size() - kIdLength);
  name.remove_suffix(kIdLength);
  if (!is_container_id(id) || !name.ends_with('-')) return std::nullopt;
  name.remove_suffix(1);
  for (const Mark& mark : kMarks)
    if (mark.name == name && (is_scope || !mark.only_scope)) return container_of(mark.runtime, id);
  return std::nullopt;
}

// "system.slice:docker:<id>", where a runtime without systemd's driver took systemd's notation for a plain
// name.
std::optional<Identity> match_colons(std::string_view name) {
  const auto second = name.rfind(':');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const auto first = name.rfind(':', second - 1);
  const std::string_view id = name.substr(second + 1);
  if (first == std::string_view::npos || !is_container_id(id)) return std::nullopt;
  const std::string_view marked = name.substr(first + 1, second - first - 1);
  for (const Mark& mark : kMarks) {
    if (mark.name != marked) continue;
    Identity found = container_of(mark.runtime, id);
    if (auto pod = match_pod(name.substr(0, first))) found.pod = std::move(pod->pod);
    return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Identity> match_marked_id(std::string_view path) {
  const std::string_view name = last_element(path);
  auto found = match_dashes(name);
  return found ? found : match_colons(name);
}

// containerd's cgroups are /<namespace>/<id> unless it is told otherwise. Namespaces other than these two are
// any text, and cannot be told from any other folder.
std::optional<Identity> match_ctr(std::string_view path) {
  const std::string_view space = parent_of(path);
  const std::string_view id = last_element(path);
  if ((space != "default" && space != "k8s.io") || !is_ctr_id(id)) return std::nullopt;
  return container_of("containerd", id);
}

std::optional<Identity> match_bare_id(std::string_view path) {
  const std::string_view id = last_element(path);
  if (!is_container_id(id)) return std::nullopt;
  const std::string_view parent = parent_of(path);
  if (last_element(parent) == "docker") return container_of("docker", id);
  // CRI-O marks what is its own, and the kubelet has not driven docker without a mark since its version 1.24.
  if (const auto pod = match_pod(parent); pod && pod->runtime == "kubernetes")
    return container_of("containerd", id);
  for (std::string_view outer = parent; !outer.empty(); outer = parent_of(outer)) {
    // A bare id inside of a container is that container's own affair.
    if (match_marked_id(outer) || is_container_id(last_element(outer))) return std::nullopt;
    if (last_element(outer).starts_with("kubepods")) return std::nullopt;
  }
  // docker's --cgroup-parent may be anything.
  return container_of("docker", id);
}

}  // namespace squid
