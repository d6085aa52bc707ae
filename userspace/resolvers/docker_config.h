// parse_docker_config(): what docker's config.v2.json of one container says about who it is. Pure. It takes
// the little that we show and passes over everything else, environment variables and secrets among it.
#pragma once

#include <string_view>

#include "core/name_resolver.h"
#include "core/result.h"
#include "resolvers/labels.h"

namespace squid {

// Fills name, image, labels and, while it runs, the time of its start; pod and namespace where Kubernetes had
// docker start it.
Result<Description> parse_docker_config(std::string_view text);

}  // namespace squid
