// monotonic_ns(): the clock of samples, which is the clock of the kernel's records.
#pragma once

#include <cstdint>
#include <ctime>

namespace squid {

inline std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace squid
