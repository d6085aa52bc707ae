// What `squid-bpf config` prints: every option with its value and where that came from. It is a configuration
// file itself, but for passwords, which are masked.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace squid {

// `origins`: by option, of those that are not what they are by default.
std::string config_text(const CLI::App& app, const std::map<std::string, std::string>& origins);

}  // namespace squid
