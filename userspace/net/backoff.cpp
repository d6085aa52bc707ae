#include "net/backoff.h"

#include <algorithm>
#include <random>

namespace squid {

using std::chrono::milliseconds;

milliseconds Backoff::next(std::uint64_t backlog_bytes) {
  bound_ = std::clamp(bound_ * 2, limits_.base, limits_.cap);
  const milliseconds longest = std::min(bound_, longest_wait(backlog_bytes));
  return milliseconds(static_cast<milliseconds::rep>(random_() * static_cast<double>(longest.count())));
}

milliseconds Backoff::longest_wait(std::uint64_t backlog_bytes) const {
  if (backlog_bytes == 0) return limits_.cap;
  const milliseconds delivering(1000 * backlog_bytes / limits_.bytes_per_second);
  return std::max(limits_.cap - limits_.connecting - delivering, std::min(limits_.cap, limits_.least_cap));
}

Backoff::Random Backoff::default_random() {
  return [engine = std::minstd_rand(std::random_device{}()),
          distribution = std::uniform_real_distribution<double>(0, 1)]() mutable {
    return distribution(engine);
  };
}

}  // namespace squid
