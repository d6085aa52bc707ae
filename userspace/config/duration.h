// Durations as people and Go programs write them: "100ms", "1s", "1m30s", "1.5h".
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"

namespace squid {

Result<std::chrono::nanoseconds> parse_duration(std::string_view text);
// The shortest spelling with one unit: 1500 ms is "1.5s".
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace squid
