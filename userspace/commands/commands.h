// The subcommands. Each returns the exit code: 0, or 2 after one sentence on stderr.
#pragma once

#include <functional>
#include <string>

#include "config/options.h"
#include "core/result.h"

namespace squid {

// `read_again` has the options as they are after a change of the configuration file.
int run_daemon(const Options& options, std::function<Result<Options>()> read_again);
int run_check(const Options& options);
int run_identify(const Options& options);
int run_send(const Options& options);
int run_status(const Options& options);
int run_health(const Options& options);  // 1: not healthy

// `squid-bpf list` and `squid-bpf metrics`, as text.
std::string list_text();
std::string metrics_text();

}  // namespace squid
