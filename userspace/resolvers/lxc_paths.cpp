// LXC and what is built on it: LXD, Incus, and the containers of Proxmox. Their names are their ids.
#include "resolvers/cgroup_path.h"
#include "resolvers/path_rules.h"

namespace squid {
namespace {

// Proxmox numbers its containers from 100 on.
bool is_proxmox_number(std::string_view name) {
  return is_number(name) && name.size() >= 3 && name.size() <= 9 && name.front() != '0';
}

}  // namespace

std::optional<Identity> match_lxc(std::string_view path) {
  const std::string_view name = last_element(path);
  const std::string_view folder = last_element(parent_of(path));
  // Of an instance in a project of LXD this is "project_instance", the name that its files have as well.
  if (const auto payload = between(name, "lxc.payload.", "")) return container_of("lxc", *payload);
  if (name.empty()) return std::nullopt;
  if (folder == "lxc") return container_of(is_proxmox_number(name) ? "proxmox" : "lxc", name);
  if (folder == "lxc.payload") return container_of("lxc", name);
  if (folder == "incus.slice")
    if (const auto escaped = between(name, "incus-", ".scope"))
      return container_of("incus", unescape_unit(*escaped));
  return std::nullopt;
}

}  // namespace squid
