#include "sinks/host_cpu_reader.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace squid {

HostCpu read_host_cpu() {
  // As docker adds them up: user, nice, system, idle, iowait, irq, softirq.
  constexpr int kFields = 7;
  constexpr std::uint64_t kSecondNs = 1'000'000'000;
  HostCpu host{.cores = static_cast<unsigned>(sysconf(_SC_NPROCESSORS_ONLN))};
  std::ifstream file("/proc/stat");
  std::string label;
  file >> label;
  std::uint64_t ticks = 0;
  for (int field = 0; field < kFields; ++field) {
    std::uint64_t value = 0;
    file >> value;
    ticks += value;
  }
  host.total_ns = ticks * (kSecondNs / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)));
  return host;
}

}  // namespace squid
