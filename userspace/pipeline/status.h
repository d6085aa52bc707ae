// Status: how the daemon is doing. `squid-bpf status` shows it, `squid-bpf health` and the service manager
// judge by it.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/report.h"
#include "pipeline/self_report.h"

namespace squid {

// The first word of the text, and all that `squid-bpf health` looks at.
inline constexpr std::string_view kHealthy = "healthy";

struct Status {
  using Time = std::chrono::nanoseconds;  // steady
  std::string host;
  Time now{};
  Time started{};
  Time last_sample{};  // the last pass that could list the cgroups
  Time last_report{};  // zero: none yet
  Time interval{};
  Time last_reload{};        // zero: none yet
  std::string reload_error;  // why it was refused; empty where it was not
  std::string pass_error;    // what was wrong in the last pass; empty where nothing was
  std::size_t containers = 0;
  std::vector<Point> losses;                   // since start, as of the last report; those that are not zero
  std::vector<SelfReport::NamedHealth> sinks;  // behind one with several servers, those, indented
};

// Why it should be restarted, in half a sentence; nothing where it works. A sink that is down is no reason:
// it is the other end's matter, and a restart would only lose what waits.
std::optional<std::string> compute_fault(const Status& status);

// squid.loss.* and squid.statsd.loss.* of a report, before anything is left out of it.
std::vector<Point> find_losses(const Report& report);

std::string compute_status_text(const Status& status);

}  // namespace squid
