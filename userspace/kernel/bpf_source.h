// BpfSource: the numbers of the last BPF walks, decoded into samples. It reads nothing itself: the walks are
// run by WalkDiscovery at the beginning of the pass, which is also when the numbers were taken.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/metric_source.h"
#include "kernel/cgroup_walks.h"
#include "kernel/decode.h"
#include "kernel/lifecycle.h"

namespace squid {

class BpfSource final : public MetricSource {
 public:
  // Without a lifecycle it knows nothing of a cgroup's end.
  explicit BpfSource(std::shared_ptr<CgroupWalks> walks,
                     std::shared_ptr<const Lifecycle> lifecycle = nullptr);

  std::string_view name() const override { return "bpf"; }
  void prepare(GroupMask groups) override { walks_->set_pass_groups(groups); }
  Result<void> collect(Snapshot& snapshot) override;
  void collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) override;

  // Other groups are neither read nor filled.
  void set_groups(GroupMask groups);
  void disable(MetricGroup group);
  GroupMask groups() const { return groups_; }

  const WalkCounts& counts() const { return walks_->counts(); }

 private:
  struct Life {
    CgroupId id;
    CpuSplit split;
  };
  GroupMask decode(const WalkedHierarchy& hierarchy, Snapshot& snapshot);
  void fill_core_times(const WalkedHierarchy& hierarchy, Snapshot& snapshot) const;

  std::shared_ptr<CgroupWalks> walks_;
  std::shared_ptr<const Lifecycle> lifecycle_;
  std::uint64_t page_bytes_;
  GroupMask groups_;
  std::vector<Life> lives_;  // by slot
};

}  // namespace squid
