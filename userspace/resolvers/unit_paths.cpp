// systemd's units that may have processes, under the names that systemctl shows.
#include "resolvers/cgroup_path.h"
#include "resolvers/path_rules.h"

namespace squid {

std::optional<Identity> match_unit(std::string_view path) {
  std::string_view name = last_element(path);
  // systemd puts this before names that the kernel could take for a cgroup file's.
  if (name.starts_with('_')) name.remove_prefix(1);
  for (const std::string_view suffix : {".service", ".scope", ".slice", ".socket"})
    if (between(name, "", suffix))
      return Identity{.runtime = "systemd", .kind = IdentityKind::kUnit, .id = unescape_unit(name)};
  return std::nullopt;
}

}  // namespace squid
