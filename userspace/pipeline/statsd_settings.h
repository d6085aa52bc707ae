// What the options say about a statsd server, in its own terms.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/options.h"
#include "core/result.h"
#include "statsd/settings.h"

namespace squid {

// The option and the text of every part of a name that can be chosen.
std::vector<std::pair<std::string, std::string>> statsd_name_parts(const Options::Statsd& options);

Result<statsd::Settings> compute_statsd_settings(const Options& options);

}  // namespace squid
