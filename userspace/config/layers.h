// Layers: where options come from beside the command line. It wins over the environment, and that over the
// file. Each layer becomes arguments in front of those that were typed, so that one parser reads them all
// alike.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "config/options.h"
#include "core/result.h"

namespace squid {

// Options that tools had which squid-bpf can stand in for. Each is another word for one of our own.
constexpr const char* kOldToolsGroup = "As in docker-stats-to-backstop";
std::string target_of(const std::string& option);

struct LayerEntry {
  std::string option;  // without dashes
  std::vector<std::string> values;
  std::string origin;  // for people: "environment variable SQUID_BPF_FLUSH", "/etc/squid.json line 3"
};

// Whether `option` may stand in the environment and in the file.
bool is_layered(const CLI::Option& option);
// Whether it may be given several times.
bool takes_many(const CLI::Option& option);

// By option where it came from; those that nobody set are not in it.
using Origins = std::map<std::string, std::string>;

// The environment (SQUID_BPF_<OPTION> of each option, and the variables of the tools that squid-bpf can stand
// in for), then the file, which may be named there too. Each without what a stronger one has set; what they
// set themselves is added to `origins`. An option that is unknown is an error in the file.
Result<std::vector<LayerEntry>> read_layers(const CLI::App& app, std::string config_file,
                                            const Environment& environment, Origins& origins);

std::vector<std::string> compute_arguments(const CLI::App& app, const LayerEntry& entry);

// "--state-dir=" is empty; CLI11 would take the next argument for its value.
std::vector<std::string> split_empty_values(const CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace squid
