// SinkWarnings: what the log says of sinks that do not get through. A fault is said once when it begins and
// once when it is over, and one that comes and goes at most every ten minutes; `squid-bpf status` has the
// rest.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "core/log_limiter.h"
#include "core/sink.h"

namespace squid {

class SinkWarnings {
 public:
  // After each report. `sink`: its name, with its server where it has several.
  void look(const std::string& sink, const SinkHealth& health, std::chrono::nanoseconds steady_now);
  // Whether it had to tell containers apart.
  void look_at_names(const std::string& sink, const SinkHealth& health, std::chrono::nanoseconds steady_now);

 private:
  struct Said {
    bool is_down = false;
    std::string spool_error;
    std::uint64_t dropped_reports = 0;
  };

  void tell_failure(const std::string& sink, const SinkHealth& health, std::chrono::nanoseconds steady_now);
  void tell_losses(const std::string& sink, const SinkHealth& health, std::chrono::nanoseconds steady_now);
  void tell_spool(const std::string& sink, const std::string& error);
  void tell_refusals(const std::string& sink, const SinkHealth& health);

  LogLimiter limiter_;
  std::map<std::string, Said> said_;     // by sink
  std::set<std::string> refusals_said_;  // by path
};

}  // namespace squid
