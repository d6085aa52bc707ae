#include "statsd/seeded_hash.h"

#include <random>

namespace squid::statsd {

std::uint64_t process_seed() {
  static const std::uint64_t seed = [] {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
  }();
  return seed;
}

}  // namespace squid::statsd
