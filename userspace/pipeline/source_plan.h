// SourcePlan: which source supplies which group of metrics on this host, and why. The facts come from the
// topology and from what the kernel lets us load; the decisions are made here, and `squid-bpf check` prints
// both.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cgroupfs/files_source.h"
#include "cgroupfs/tree_scan.h"
#include "config/options.h"
#include "core/metric_source.h"
#include "core/self_metrics.h"
#include "core/topology.h"
#include "interfaces/interface_source.h"
#include "kernel/block_source.h"
#include "kernel/latency_source.h"
#include "kernel/network_source.h"
#include "kernel/open_bpf.h"
#include "kernel/program_cost.h"

namespace squid {

struct GroupPlan {
  std::string source;  // "bpf", "files", or "-" for nobody
  std::string why;
};

struct SourcePlan {
  Topology topology;
  std::string bpf;     // how BPF is used, or why not
  std::string births;  // how births and deaths are noticed
  std::array<GroupPlan, kMetricGroupCount> groups;
  std::size_t file_budget = 0;
  std::vector<std::string> warnings;  // what is worse than it could be, and what to do about it
};

struct Sources {
  SourcePlan plan;
  unsigned cores = 0;                   // columns of per-core usage; 0 unless asked for
  std::unique_ptr<WalkDiscovery> walk;  // of these two, one is set
  std::unique_ptr<TreeScan> scan;
  std::unique_ptr<BpfSource> bpf;               // null: not used
  std::unique_ptr<BlockSource> block;           // the same
  std::unique_ptr<NetworkSource> network;       // the same
  std::unique_ptr<LatencySource> latency;       // the same
  std::shared_ptr<Lifecycle> lifecycle;         // the same
  std::unique_ptr<InterfaceSource> interfaces;  // null: the host's processes are out of sight
  std::unique_ptr<FilesSource> files;
  std::unique_ptr<ProgramCosts> costs;  // null: nobody asked

  Discovery& discovery();
  // By priority.
  std::vector<MetricSource*> in_order();
  std::vector<DetailSource*> details();
  // Groups that may rest: Sampler::Parts.
  GroupMask told_at_end() const;
  void fill(SelfMetrics& self);
};

// Decides, opens what is needed, and compares BPF with the files on live cgroups: a group that disagrees is
// taken from the files.
Result<Sources> open_sources(const Options& options);

}  // namespace squid
