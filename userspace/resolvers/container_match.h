// match_container(): NameResolver::match() for any runtime, out of what identify_path() tells. Pods and units
// are no containers; machines are shown like them.
#pragma once

#include <optional>
#include <string_view>

#include "core/name_resolver.h"
#include "resolvers/identity.h"

namespace squid {

bool is_container(const Identity& identity);

std::optional<ContainerMatch> match_container(std::string_view cgroup_path, std::string_view runtime);

}  // namespace squid
