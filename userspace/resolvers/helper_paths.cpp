// Who is no container although it stands among them: monitors, pause processes, supervisors and mount units.
#include "resolvers/cgroup_path.h"
#include "resolvers/path_rules.h"

namespace squid {
namespace {

// systemd-nspawn, and podman where a service's own cgroup holds the container, put themselves apart from it.
bool is_supervisor(std::string_view path) {
  if (last_element(path) != "supervisor") return false;
  const std::string_view parent = last_element(parent_of(path));
  return parent.ends_with(".service") || between(parent, "machine-", ".scope");
}

}  // namespace

bool is_helper(std::string_view path) {
  const std::string_view name = last_element(path);
  for (const std::string_view prefix : {"libpod-conmon-", "crio-conmon-", "podman-pause-", "lxc.monitor."})
    if (name.starts_with(prefix)) return true;
  if (name == "lxc.monitor" || name == "lxc.pivot") return true;
  // Some mount units have a container's id in their name.
  if (name.ends_with(".mount") || name.ends_with(".swap")) return true;
  return is_supervisor(path);
}

}  // namespace squid
