// BlockSource: block I/O of the watched cgroups, out of the slots that the BPF programs of BlockIo fill. Each
// pass takes the sums over all devices; each flush, what happened on each device and how long it took.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/block_device.h"
#include "core/detail_source.h"
#include "core/metric_source.h"
#include "kernel/block_io.h"
#include "kernel/device_activity.h"
#include "kernel/slot_owners.h"

namespace squid {

class BlockSource final : public MetricSource, public DetailSource, private SlotTable {
 public:
  struct Parts {
    std::unique_ptr<BlockIo> block;
    std::unique_ptr<BlockDevices> devices;
    std::vector<double> percentiles;
  };
  // `owners` are those of the hierarchy with the io controller.
  BlockSource(Parts parts, SlotOwners::Parts owners) : parts_(std::move(parts)), owners_(std::move(owners)) {}

  std::string_view name() const override { return "block"; }
  Result<void> collect(Snapshot& snapshot) override;
  void collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) override;
  void append_points(CgroupRoster::Slot slot, std::vector<Point>& out) override;

  const block_losses& losses() const { return parts_.block->losses(); }

 private:
  struct Device {
    std::uint32_t major;
    std::uint32_t minor;
    bool stacked;
    std::unique_ptr<DeviceMetrics> metrics;
  };
  struct Watched {
    std::uint64_t flushed_ns = 0;
    std::vector<DeviceActivity> devices;
    std::optional<bool> has_controller = {};  // of I/O; nothing: it is not known yet
  };

  std::size_t slot_count() const override { return parts_.block->slots().size(); }
  std::uint64_t cgroup_of(std::uint32_t slot) const override {
    return parts_.block->slots()[slot].key.cgroup;
  }
  void give(std::uint32_t slot, CgroupRoster::Slot watched) override;
  void release(std::uint32_t slot) override;
  void begin_life(CgroupRoster::Slot watched, CgroupId id) override;
  bool has_controller(Watched& watched, const CgroupRoster::Entry& entry) const;
  void fill(const Watched& watched, std::uint64_t now_ns, CgroupSample& sample) const;
  std::uint32_t device_of(const block_key& key);

  Parts parts_;
  SlotOwners owners_;
  std::vector<Device> devices_;
  std::vector<Watched> watched_;  // by roster slot
  std::uint64_t begun_ns_ = 0;    // the pass before
};

}  // namespace squid
