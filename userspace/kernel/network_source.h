// NetworkSource: what the sockets of the watched cgroups sent and received, out of the slots that the BPF
// programs of NetworkPrograms fill.
//
// A slot knows a cgroup by its inode in cgroup v2. Whose it is, is asked once, when the slot is new: it
// belongs to every watched cgroup at or above that path.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/metric_source.h"
#include "kernel/cgroup_paths.h"
#include "kernel/network_programs.h"

namespace squid {

class NetworkSource final : public MetricSource {
 public:
  struct Parts {
    std::unique_ptr<NetworkPrograms> programs;
    CgroupPaths paths;         // of cgroup v2
    HierarchyIndex hierarchy;  // the same, in the topology
  };
  explicit NetworkSource(Parts parts) : parts_(std::move(parts)) {}

  std::string_view name() const override { return "network"; }
  Result<void> collect(Snapshot& snapshot) override;
  void collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) override;

  const network_losses& losses() const { return parts_.programs->losses(); }

 private:
  struct Watched {
    CgroupId id;
    std::vector<std::uint32_t> slots;
    network_counters folded{};  // of slots that were released: cgroups below it that are gone
  };
  // A slot of the kernel side, as far as it was looked at.
  struct Known {
    std::uint64_t cgroup = 0;
    bool placed = false;  // at least one watched cgroup counts it in
  };

  void follow_roster(const CgroupRoster& roster);
  void place_new_slots(const CgroupRoster& roster, bool again);
  void release_dead();
  void fill(const Watched& watched, CgroupSample& sample) const;

  Parts parts_;
  std::vector<Watched> watched_;  // by roster slot
  std::vector<Known> known_;      // by slot of the kernel side
  std::uint64_t roster_pass_ = 0;
};

}  // namespace squid
