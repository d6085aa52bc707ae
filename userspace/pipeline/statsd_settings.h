// What the options say about a statsd server, in its own terms.
#pragma once

#include "config/options.h"
#include "core/result.h"
#include "statsd/settings.h"

namespace squid {

Result<statsd::Settings> compute_statsd_settings(const Options& options);

}  // namespace squid
