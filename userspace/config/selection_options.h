// The options for which containers are told of, and under which names: a group of their own in --help.
#pragma once

#include <CLI/CLI.hpp>

#include "config/options.h"

namespace squid {

void add_selection_options(CLI::App& app, Options::Selection& selection);

// Checks them, once all options are read. A --prefix that is an object is no prefix but the single rule of
// older versions of docker-stats-to-backstop.
Result<void> settle_selection(Options& options);

}  // namespace squid
