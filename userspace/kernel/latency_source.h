// LatencySource: how the tasks of the watched cgroups got their CPUs, out of the slots that LatencyProgram
// fills. Each pass takes the sums; each flush, how the single waits were distributed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/detail_source.h"
#include "core/metric_source.h"
#include "kernel/latency_program.h"
#include "kernel/slot_owners.h"

namespace squid {

class LatencySource final : public MetricSource, public DetailSource, private SlotTable {
 public:
  // `owners` are those of the hierarchy with the cpu controller.
  LatencySource(std::unique_ptr<LatencyProgram> program, std::vector<double> percentiles,
                SlotOwners::Parts owners)
      : program_(std::move(program)), percentiles_(std::move(percentiles)), owners_(std::move(owners)) {}

  std::string_view name() const override { return "latency"; }
  Result<void> collect(Snapshot& snapshot) override;
  void collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) override;
  void append_points(CgroupRoster::Slot slot, std::vector<Point>& out) override;

  std::uint64_t over_limit() const { return program_->over_limit(); }

 private:
  struct Totals {
    std::uint64_t involuntary_switches = 0;
    histogram waits{};

    void add(const latency_slot& slot);
  };
  struct Watched {
    std::vector<std::uint32_t> slots;
    std::unique_ptr<Totals> folded;  // of slots that were released
    std::unique_ptr<histogram> at_flush;
  };

  std::size_t slot_count() const override { return program_->slots().size(); }
  std::uint64_t cgroup_of(std::uint32_t slot) const override { return program_->slots()[slot].key.cgroup; }
  void give(std::uint32_t slot, CgroupRoster::Slot watched) override;
  void release(std::uint32_t slot) override;
  void begin_life(CgroupRoster::Slot watched, CgroupId id) override;
  void fill(const Watched& watched, std::uint64_t now_ns, CgroupSample& sample) const;

  std::unique_ptr<LatencyProgram> program_;
  std::vector<double> percentiles_;
  SlotOwners owners_;
  std::vector<Watched> watched_;  // by roster slot
};

}  // namespace squid
