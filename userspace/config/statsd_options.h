// The options of the statsd server, a group of their own in --help.
#pragma once

#include <CLI/CLI.hpp>

#include "config/options.h"

namespace squid {

void add_statsd_options(CLI::App& app, Options::Statsd& statsd);

}  // namespace squid
