// read_memory_stat_observations(): live cgroups to learn the kernel's memory statistics layout from, once at
// start.
#pragma once

#include <cstddef>
#include <vector>

#include "kernel/cgroup_walks.h"
#include "kernel/memory_stat_layout.h"

namespace squid {

// Of the root and of the cgroups with the most memory, as far as they stood still while they were looked at.
// Uses the records of the last pass.
std::vector<MemoryStatObservation> read_memory_stat_observations(CgroupWalks& walks, std::size_t most);

}  // namespace squid
