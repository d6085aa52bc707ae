#include "resolvers/machine_resolver.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "resolvers/cgroup_path.h"
#include "resolvers/container_match.h"
#include "resolvers/host_file.h"

namespace squid {
namespace {

constexpr std::string_view kNspawn = "systemd-nspawn";
constexpr std::string_view kLibvirt = "libvirt";

const ResolverRegistry::Entry kNspawnEntry{
    ResolverKind{.name = std::string(kNspawn),
                 .help = "machines of systemd-nspawn, by the names in their paths and /run/systemd/machines",
                 .make = [](const std::string& host_root) -> std::unique_ptr<NameResolver> {
                   return std::make_unique<MachineResolver>(kNspawn, host_root);
                 }}};

const ResolverRegistry::Entry kLibvirtEntry{
    ResolverKind{.name = std::string(kLibvirt),
                 .help = "libvirt domains, by the names in their paths and /run/systemd/machines",
                 .make = [](const std::string& host_root) -> std::unique_ptr<NameResolver> {
                   return std::make_unique<MachineResolver>(kLibvirt, host_root);
                 }}};

// systemd allows machines what it allows hosts. Anything else is no file name of its.
bool is_machine_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  if (name.empty() || name.size() > kLongest || name.starts_with('.')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_';
  });
}

// "machine-qemu\x2d1\x2dweb.scope" in or above the path: "qemu-1-web", under which systemd knows it.
std::string machine_name(std::string_view path, const std::string& id) {
  for (; !path.empty(); path = parent_of(path))
    if (const auto escaped = between(last_element(path), "machine-", ".scope"))
      return unescape_unit(*escaped);
  return id;
}

}  // namespace

MachineFile parse_machine_file(std::string_view text) {
  MachineFile machine;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = line.substr(equals + 1);
    if (const auto quoted = between(value, "\"", "\"")) value = *quoted;
    if (line.substr(0, equals) == "NAME") machine.name = value;
    if (line.substr(0, equals) == "ROOT") machine.root = value;
  }
  return machine;
}

std::optional<ContainerMatch> MachineResolver::match(std::string_view cgroup_path) const {
  return match_container(cgroup_path, runtime_);
}

Result<Description> MachineResolver::describe(const std::string& id, std::string_view cgroup_path) {
  if (!match(cgroup_path)) return Error{"this is no machine", ENOENT};
  Description description;
  description.container.name = id;
  description.container.named = true;
  const std::string name = machine_name(cgroup_path, id);
  if (!is_machine_name(name)) return description;
  const auto text = read_host_file(host_root_, "/run/systemd/machines/" + name);
  if (!text) return description;
  const MachineFile machine = parse_machine_file(*text);
  if (machine.name == name) description.container.image = machine.root;
  return description;
}

}  // namespace squid
