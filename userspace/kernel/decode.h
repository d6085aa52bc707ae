// decode_record(): what a record of the BPF programs means. Pure.
#pragma once

#include <cstdint>

#include "bpf/record.h"
#include "core/cgroup_sample.h"
#include "core/group_mask.h"

namespace squid {

// Last user and kernel time shown for a cgroup; the next ones must not be smaller.
struct CpuSplit {
  std::uint64_t user_ns = 0;
  std::uint64_t kernel_ns = 0;

  friend bool operator==(const CpuSplit&, const CpuSplit&) = default;
};

// Splits the exact total by the ratio of what the tick happened to see, the way the kernel does it for its
// files (cputime_adjust() in kernel/sched/cputime.c): the two add up to the total, and neither goes back.
CpuSplit compute_cpu_split(const record_cpu& cpu, const CpuSplit& previous);

// Fills those absent fields of the groups in `wanted` that the record supplies, and returns the groups it
// could have filled.
GroupMask decode_record(const cgroup_record& record, GroupMask wanted, std::uint64_t page_bytes,
                        CpuSplit& split, CgroupSample& sample);

}  // namespace squid
