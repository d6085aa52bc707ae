// LogLimiter: lets each cause through once per ten minutes, so that a fault which repeats every pass is one
// line in the log and not a flood. The counters tell how often it really happened.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace squid {

class LogLimiter {
 public:
  static constexpr std::chrono::nanoseconds kPause = std::chrono::minutes(10);
  // Causes may carry text from outside; beyond this many they share one pause.
  static constexpr std::size_t kMostCauses = 256;

  // `now` is a steady time.
  bool allow(const std::string& cause, std::chrono::nanoseconds now) {
    const std::string& key = last_.size() < kMostCauses || last_.contains(cause) ? cause : kOverflow;
    const auto [entry, fresh] = last_.try_emplace(key, now);
    if (!fresh && now - entry->second < kPause) return false;
    entry->second = now;
    return true;
  }

 private:
  inline static const std::string kOverflow;
  std::map<std::string, std::chrono::nanoseconds> last_;
};

}  // namespace squid
