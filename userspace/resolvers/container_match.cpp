#include "resolvers/container_match.h"

#include <string>

namespace squid {
namespace {

// The resolvers are asked about the same path one after the other; the answer is the same for all of them.
const Identity& identify_once(std::string_view path) {
  thread_local std::string last_path;
  thread_local Identity last;
  if (path != last_path) {
    last = identify_path(path);
    last_path = path;
  }
  return last;
}

}  // namespace

bool is_container(const Identity& identity) {
  return identity.kind == IdentityKind::kContainer || identity.kind == IdentityKind::kMachine;
}

std::optional<ContainerMatch> match_container(std::string_view cgroup_path, std::string_view runtime) {
  const Identity& identity = identify_once(cgroup_path);
  if (!is_container(identity) || identity.runtime != runtime) return std::nullopt;
  return ContainerMatch{.id = identity.id, .pod = identity.pod, .nested = identity.nested};
}

}  // namespace squid
