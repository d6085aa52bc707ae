// Rare: what costs much and is worth doing now and then at most, such as going through all processes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace squid {

class Rare {
 public:
  using Clock = std::function<std::uint64_t()>;  // nanoseconds, monotonic

  static constexpr std::uint64_t kSecondNs = 1'000'000'000;

  // Without a clock: the steady one.
  explicit Rare(Clock clock, std::uint64_t pause_ns = kSecondNs)
      : clock_(clock ? std::move(clock) : Clock(steady_ns)), pause_ns_(pause_ns) {}

  // Whether it is time, and if so, not again before the pause is over.
  bool due() {
    const std::uint64_t now_ns = clock_();
    if (done_before_ && now_ns < next_ns_) return false;
    done_before_ = true;
    next_ns_ = now_ns + pause_ns_;
    return true;
  }

 private:
  static std::uint64_t steady_ns() {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                      std::chrono::nanoseconds(1));
  }

  Clock clock_;
  std::uint64_t pause_ns_;
  bool done_before_ = false;
  std::uint64_t next_ns_ = 0;
};

}  // namespace squid
