// Machines: containers of systemd-nspawn, domains of libvirt, virtual machines of Proxmox.
#include "resolvers/cgroup_path.h"
#include "resolvers/path_rules.h"

namespace squid {
namespace {

Identity machine(std::string_view runtime, std::string id) {
  return {.runtime = runtime, .kind = IdentityKind::kMachine, .id = std::move(id)};
}

// libvirt registers a domain as "qemu-1-web", or without the number, which is another one after each start.
std::optional<std::string_view> domain_of(std::string_view machine_name) {
  for (const std::string_view driver : {"qemu-", "lxc-"}) {
    const auto name = between(machine_name, driver, "");
    if (!name) continue;
    const auto dash = name->find('-');
    const bool numbered = dash != std::string_view::npos && is_number(name->substr(0, dash));
    return numbered && dash + 1 < name->size() ? name->substr(dash + 1) : *name;
  }
  return std::nullopt;
}

// "machine-qemu\x2d1\x2dweb.scope", "machine-jammy.scope"
std::optional<Identity> match_scope(std::string_view name) {
  const auto escaped = between(name, "machine-", ".scope");
  if (!escaped) return std::nullopt;
  std::string plain = unescape_unit(*escaped);
  if (const auto domain = domain_of(plain)) return machine("libvirt", std::string(*domain));
  return machine("systemd-nspawn", std::move(plain));
}

// libvirt without systemd: "machine/web.libvirt-qemu", and before that "libvirt/qemu/web".
std::optional<Identity> match_domain_folder(std::string_view path) {
  const std::string_view name = last_element(path);
  for (const std::string_view suffix : {".libvirt-qemu", ".libvirt-lxc"})
    if (const auto domain = between(name, "", suffix))
      return machine("libvirt", std::string(domain_of(*domain).value_or(*domain)));
  const std::string_view driver = parent_of(path);
  if (last_element(parent_of(driver)) != "libvirt") return std::nullopt;
  if (last_element(driver) != "qemu" && last_element(driver) != "lxc") return std::nullopt;
  return name.empty() ? std::nullopt : std::optional(machine("libvirt", std::string(name)));
}

}  // namespace

std::optional<Identity> match_machine(std::string_view path) {
  const std::string_view name = last_element(path);
  if (const auto escaped = between(name, "systemd-nspawn@", ".service"))
    return machine("systemd-nspawn", unescape_unit(*escaped));
  if (last_element(parent_of(path)) == "qemu.slice")
    if (const auto number = between(name, "", ".scope"); number && is_number(*number))
      return machine("proxmox", std::string(*number));
  auto found = match_scope(name);
  return found ? found : match_domain_folder(path);
}

}  // namespace squid
