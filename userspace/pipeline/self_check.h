// The self-check at start: BPF next to the cgroup files, on cgroups that are alive. What reads the kernel's
// own structures must prove on this very kernel that it reads them right.
#pragma once

#include <array>
#include <string>

#include "core/result.h"
#include "core/topology.h"
#include "kernel/bpf_source.h"
#include "kernel/walk_discovery.h"

namespace squid {

struct GroupVerdict {
  bool agrees = true;
  std::string text;  // for people
};

using GroupVerdicts = std::array<GroupVerdict, kMetricGroupCount>;

// `cores`: columns of per-core usage, 0 where that is not measured.
Result<GroupVerdicts> compare_with_files(WalkDiscovery& walk, BpfSource& bpf, const Topology& topology,
                                         unsigned cores);

}  // namespace squid
