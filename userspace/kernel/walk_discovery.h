// WalkDiscovery: the cgroups of the host, as the BPF walks found them.
#pragma once

#include <memory>

#include "core/metric_source.h"
#include "kernel/cgroup_walks.h"
#include "kernel/lifecycle.h"

namespace squid {

class WalkDiscovery final : public Discovery {
 public:
  // With a lifecycle it also finds what came and went between two walks.
  explicit WalkDiscovery(std::shared_ptr<CgroupWalks> walks, std::shared_ptr<Lifecycle> lifecycle = nullptr)
      : walks_(std::move(walks)), lifecycle_(std::move(lifecycle)) {}

  std::string_view name() const override { return "bpf"; }
  // Runs the walks, and the roster's pass with what they found. The pass is not complete where a cgroup did
  // not fit or could not be named.
  Result<void> refresh(CgroupRoster& roster) override;
  // The next refresh is for another roster.
  void start_over() { settled_ = false; }

 private:
  bool same_as_before();
  bool is_walked(HierarchyIndex hierarchy) const;
  void introduce_births(const std::vector<CgroupBirth>& births, CgroupRoster& roster) const;
  void wait_for_last_numbers(CgroupRoster& roster);
  bool observe(WalkedHierarchy& hierarchy, CgroupRoster& roster);

  std::shared_ptr<CgroupWalks> walks_;
  std::shared_ptr<Lifecycle> lifecycle_;
  // Gone, and their deaths not told yet when the last pass ended.
  std::vector<CgroupId> awaited_;
  bool settled_ = false;  // the last full pass changed nothing
};

}  // namespace squid
