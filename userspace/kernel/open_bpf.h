// open_bpf(): everything that BPF can do for the pipeline on this host, or one sentence that says why
// nothing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"
#include "core/topology.h"
#include "kernel/bpf_source.h"
#include "kernel/walk_discovery.h"

namespace squid {

struct BpfOptions {
  std::uint32_t max_records = 16384;  // cgroups of all hierarchies together; 224 bytes of kernel memory each
  bool per_cpu = false;               // also the CPU time on each core
  bool lifecycle = true;              // births and deaths as they happen
};

struct BpfParts {
  std::unique_ptr<WalkDiscovery> discovery;
  std::unique_ptr<BpfSource> source;
  std::shared_ptr<Lifecycle> lifecycle;  // null: `lifecycle_remark` says why
  std::string lifecycle_remark;
  GroupMask supplies = 0;
  // For each group that is not supplied, or only in part: why.
  std::array<std::string, kMetricGroupCount> remarks;
};

Result<BpfParts> open_bpf(const Topology& topology, const BpfOptions& options);

}  // namespace squid
