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
#include "kernel/network_programs.h"
#include "kernel/slot_owners.h"

namespace squid {

class NetworkSource final : public MetricSource, private SlotTable {
 public:
  // `owners` are those of cgroup v2.
  NetworkSource(std::unique_ptr<NetworkPrograms> programs, SlotOwners::Parts owners)
      : programs_(std::move(programs)), owners_(std::move(owners)) {}

  std::string_view name() const override { return "sockets"; }
  Result<void> collect(Snapshot& snapshot) override;
  void collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) override;

  const network_losses& losses() const { return programs_->losses(); }

 private:
  struct Watched {
    std::vector<std::uint32_t> slots;
    network_counters folded{};  // of slots that were released: cgroups below it that are gone
  };

  std::size_t slot_count() const override { return programs_->owners().size(); }
  std::uint64_t cgroup_of(std::uint32_t slot) const override { return programs_->owners()[slot]; }
  void give(std::uint32_t slot, CgroupRoster::Slot watched) override;
  void release(std::uint32_t slot) override;
  void begin_life(CgroupRoster::Slot watched, CgroupId id) override;
  void fill(const Watched& watched, std::uint64_t now_ns, CgroupSample& sample) const;

  std::unique_ptr<NetworkPrograms> programs_;
  SlotOwners owners_;
  std::vector<Watched> watched_;  // by roster slot
};

}  // namespace squid
