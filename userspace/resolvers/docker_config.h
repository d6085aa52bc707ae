// parse_docker_config(): what docker's config.v2.json of one container says about who it is. Pure. It takes the
// little that we show and passes over everything else, environment variables and secrets among it.
#pragma once

#include <string_view>

#include "core/container.h"
#include "core/result.h"

namespace squid {

// Labels beyond these are left out.
inline constexpr std::size_t kMostLabels = 128;
inline constexpr std::size_t kLongestLabelBytes = 4096;

// Fills name, image and labels.
Result<Container> parse_docker_config(std::string_view text);

}  // namespace squid
