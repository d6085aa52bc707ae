// Where below --state-dir each sink keeps what it cannot deliver yet, and what lies there that no sink will
// fetch.
#pragma once

#include <string>
#include <vector>

#include "config/options.h"
#include "core/sink.h"

namespace squid {

// For the sink that is written so behind --sink. The same text has the same place after every start, whatever
// its password; a second sink of the same text has one of its own.
SpoolPlace compute_spool_place(const Options& options, const std::string& sink,
                               const std::vector<SpoolPlace>& taken);

// Directories with reports that belong to none of these places, nor to another squid-bpf that runs.
std::vector<std::string> find_forgotten_spools(const std::string& state_dir,
                                               const std::vector<SpoolPlace>& places);

}  // namespace squid
