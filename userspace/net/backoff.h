// Backoff: how long to wait before the next attempt. Full jitter: anything between nothing and a bound that
// doubles with each failure, so that a thousand hosts do not come back in the same instant. No clock, no
// timer.
#pragma once

#include <chrono>
#include <functional>

namespace squid {

struct BackoffLimits {
  std::chrono::milliseconds base{250};
  // So that a server that is back has everything within 30 seconds, whatever it missed.
  std::chrono::milliseconds cap{15'000};
};

class Backoff {
 public:
  // Uniform in [0, 1).
  using Random = std::function<double()>;

  explicit Backoff(Random random, BackoffLimits limits = {}) : random_(std::move(random)), limits_(limits) {}

  std::chrono::milliseconds next();
  void reset() { bound_ = std::chrono::milliseconds::zero(); }

  // For everything but tests.
  static Random default_random();

 private:
  Random random_;
  BackoffLimits limits_;
  std::chrono::milliseconds bound_{0};
};

}  // namespace squid
