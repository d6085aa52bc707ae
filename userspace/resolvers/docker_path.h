// match_docker_path(): whether a cgroup belongs to a docker container, from its path alone. Pure.
//
// Both cgroup drivers and any --cgroup-parent. What other runtimes mark as theirs (libpod-, cri-containerd-,
// crio-, kubepods) is left to their own resolvers.
#pragma once

#include <optional>
#include <string_view>

#include "core/name_resolver.h"

namespace squid {

std::optional<ContainerMatch> match_docker_path(std::string_view cgroup_path);

}  // namespace squid
