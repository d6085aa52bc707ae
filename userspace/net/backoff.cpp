#include "net/backoff.h"

#include <algorithm>
#include <random>

namespace squid {

std::chrono::milliseconds Backoff::next() {
  bound_ = std::clamp(bound_ * 2, limits_.base, limits_.cap);
  const double wait = random_() * static_cast<double>(bound_.count());
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(wait));
}

Backoff::Random Backoff::default_random() {
  return [engine = std::minstd_rand(std::random_device{}()),
          distribution = std::uniform_real_distribution<double>(0, 1)]() mutable {
    return distribution(engine);
  };
}

}  // namespace squid
