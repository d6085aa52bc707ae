// Backoff: how long to wait before the next attempt. Full jitter: anything between nothing and a bound that
// doubles with each failure, so that a thousand hosts do not come back in the same instant. No clock, no
// timer.
//
// A server that is back shall have everything within the longest wait of all. So whoever has much to deliver
// waits less long, and leaves time for that.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace squid {

struct BackoffLimits {
  std::chrono::milliseconds base{250};
  std::chrono::milliseconds cap{30'000};
  // However much there is to deliver.
  std::chrono::milliseconds least_cap{5'000};
  // From the end of the wait to the first byte: an attempt that began too early to succeed has to run into
  // its timeout first. What comes in meanwhile is part of it.
  std::chrono::milliseconds connecting{4'000};
  // Less than half of what the reader of scripts/bench outage takes on a busy machine.
  std::uint64_t bytes_per_second = 4'000'000;
};

class Backoff {
 public:
  // Uniform in [0, 1).
  using Random = std::function<double()>;

  explicit Backoff(Random random, BackoffLimits limits = {}) : random_(std::move(random)), limits_(limits) {}

  // With so many bytes waiting for the attempt.
  std::chrono::milliseconds next(std::uint64_t backlog_bytes = 0);
  void reset() { bound_ = std::chrono::milliseconds::zero(); }

  // For everything but tests.
  static Random default_random();

 private:
  std::chrono::milliseconds longest_wait(std::uint64_t backlog_bytes) const;

  Random random_;
  BackoffLimits limits_;
  std::chrono::milliseconds bound_{0};
};

}  // namespace squid
