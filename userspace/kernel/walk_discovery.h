// WalkDiscovery: the cgroups of the host, as the BPF walks found them.
#pragma once

#include <memory>

#include "core/metric_source.h"
#include "kernel/cgroup_walks.h"

namespace squid {

class WalkDiscovery final : public Discovery {
 public:
  explicit WalkDiscovery(std::shared_ptr<CgroupWalks> walks) : walks_(std::move(walks)) {}

  std::string_view name() const override { return "bpf"; }
  // Runs the walks, and the roster's pass with what they found. The pass is not complete where a cgroup did
  // not fit or could not be named.
  Result<void> refresh(CgroupRoster& roster) override;
  // The next refresh is for another roster.
  void start_over() { settled_ = false; }

 private:
  bool same_as_before();
  bool observe(WalkedHierarchy& hierarchy, CgroupRoster& roster);

  std::shared_ptr<CgroupWalks> walks_;
  bool settled_ = false;  // the last full pass changed nothing
};

}  // namespace squid
