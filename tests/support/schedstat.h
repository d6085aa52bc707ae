// What the scheduler counts of one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

namespace squid {

// How long it was ready to run and did not get a CPU. `task` is a folder of /proc.
inline std::chrono::nanoseconds waited_for_cpu(const std::string& task = "thread-self") {
  std::ifstream file("/proc/" + task + "/schedstat");
  std::int64_t ran = 0, waited = 0;
  if (!(file >> ran >> waited)) throw std::runtime_error("this kernel keeps no schedstat");
  return std::chrono::nanoseconds(waited);
}

}  // namespace squid
