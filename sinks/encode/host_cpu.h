// HostCpu: what docker stats tells of the host beside each container, and what others divide by.
#pragma once

#include <cstdint>

namespace squid {

struct HostCpu {
  unsigned cores = 0;
  std::uint64_t total_ns = 0;  // of all cores since boot, idle time included
};

}  // namespace squid
