// match_container(): NameResolver::match() for any runtime, out of what identify_path() tells. Pods and units
// are no containers; machines are shown like them.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "core/name_resolver.h"
#include "resolvers/identity.h"

namespace squid {

inline bool is_container(const Identity& identity) {
  return identity.kind == IdentityKind::kContainer || identity.kind == IdentityKind::kMachine;
}

inline std::optional<ContainerMatch> match_container(std::string_view cgroup_path, std::string_view runtime) {
  Identity identity = identify_path(cgroup_path);
  if (!is_container(identity) || identity.runtime != runtime) return std::nullopt;
  return ContainerMatch{.id = std::move(identity.id), .nested = identity.nested};
}

}  // namespace squid
