// BlockSource: block I/O of the watched cgroups, out of the slots that the BPF programs of BlockIo fill. Each
// pass takes the sums over all devices; each flush, what happened on each device and how long it took.
//
// A slot knows a cgroup by its inode in the hierarchy of the io controller. Whose it is, is asked once, when
// the slot is new: it belongs to every watched cgroup at or above that path.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/block_device.h"
#include "core/detail_source.h"
#include "core/metric_source.h"
#include "kernel/block_io.h"
#include "kernel/cgroup_paths.h"
#include "kernel/device_activity.h"

namespace squid {

class BlockSource final : public MetricSource, public DetailSource {
 public:
  struct Parts {
    std::unique_ptr<BlockIo> block;
    CgroupPaths paths;         // of the hierarchy with the io controller
    HierarchyIndex hierarchy;  // the same, in the topology
    std::unique_ptr<BlockDevices> devices;
    std::vector<double> percentiles;
  };
  explicit BlockSource(Parts parts) : parts_(std::move(parts)) {}

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
    CgroupId id;
    std::uint64_t flushed_ns = 0;
    std::vector<DeviceActivity> devices;
  };
  // A slot of the kernel side, as far as it was looked at.
  struct Known {
    std::uint64_t cgroup = 0;
    bool placed = false;  // at least one watched cgroup counts it in
  };

  void follow_roster(const CgroupRoster& roster);
  void place_new_slots(const CgroupRoster& roster, bool again);
  bool place(std::uint32_t slot, const CgroupRoster& roster);
  void give(std::uint32_t slot, Watched& owner);
  void release_dead();
  void fold(std::uint32_t slot);
  void fill(const Watched& watched, std::uint64_t now_ns, CgroupSample& sample) const;
  std::uint32_t device_of(const block_key& key);

  Parts parts_;
  std::vector<Device> devices_;
  std::vector<Watched> watched_;  // by roster slot
  std::vector<Known> known_;      // by slot of the kernel side
  std::uint64_t roster_pass_ = 0;
  std::uint64_t begun_ns_ = 0;  // the pass before
};

}  // namespace squid
