// The file behind --config: one JSON object whose keys are the long option names without dashes; // and /* */
// comments are allowed. Only text: what the options are is for others to know, so that flags and file can
// never drift apart.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace squid {

// A sink may be an object, {"to": "graphite:2003", "allow": ["cpu.*"]}, which is text with options too.
struct ConfigEntry {
  std::string name;
  std::vector<std::string> values;  // a number is kept as it was written where that is possible
  std::size_t line = 0;
};

Result<std::vector<ConfigEntry>> parse_config(std::string_view text);
Result<std::vector<ConfigEntry>> read_config(const std::string& path);

}  // namespace squid
