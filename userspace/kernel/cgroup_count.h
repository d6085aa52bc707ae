// How many cgroups there are, as the kernel keeps count: to make room for them at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/topology.h"

namespace squid {

// The root included, and for cgroup v1 those that are removed but still kept. 0: the kernel does not say.
std::uint64_t count_cgroups(const Hierarchy& hierarchy);

// `cgroup.stat` of the root of cgroup v2.
std::uint64_t count_in_cgroup_stat(std::string_view text);
// /proc/cgroups, which has a line for each controller.
std::uint64_t count_in_proc_cgroups(std::string_view text, std::uint32_t hierarchy);

}  // namespace squid
