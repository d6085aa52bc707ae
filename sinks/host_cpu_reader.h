// What the kernel says about the host's CPUs, for sinks whose format tells it beside each container.
#pragma once

#include "sinks/encode/host_cpu.h"

namespace squid {

HostCpu read_host_cpu();

}  // namespace squid
