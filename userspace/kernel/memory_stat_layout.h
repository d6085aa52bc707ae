// compute_memory_stat_layout(): where in memcg_vmstats the kernel keeps what memory.stat prints. Pure.
//
// The arrays there are indexed by the enum on old kernels, and through a private table on newer ones
// ("memcg: reduce memory for the lruvec and memcg stats", 6.10; events since 6.1) whose address kallsyms
// often does not tell. So the place is presumed by the order in which the kernel's source fills the table,
// and taken only where live cgroups prove it: their arrays against their memory.stat.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "bpf/record.h"
#include "core/reading.h"

namespace squid {

// One cgroup at an instant at which nothing changed.
struct MemoryStatObservation {
  raw_memory_stat raw;
  std::array<Reading, STAT_FIELDS> file;  // what memory.stat says, in its units
};

// STAT_UNKNOWN for each field that the observations contradict or do not prove.
memory_stat_index compute_memory_stat_layout(std::span<const MemoryStatObservation> observations,
                                             std::uint64_t page_bytes);

}  // namespace squid
