// JsonConfig: the reader behind --config. The file is one JSON object whose keys are the long option names
// without dashes; // and /* */ comments are allowed. CLI11 does the rest, so flags and file can never drift
// apart.
#pragma once

#include <CLI/CLI.hpp>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace squid {

// Each option with its values as text. A number is kept as it was written where that is possible.
Result<std::vector<CLI::ConfigItem>> parse_config(std::string_view text);

class JsonConfig : public CLI::Config {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;
  std::string to_config(const CLI::App* app, bool defaults, bool comments, std::string prefix) const override;
};

}  // namespace squid
