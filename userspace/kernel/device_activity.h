// DeviceActivity: what one cgroup, with everything below it, does on one device, and the series that tell it.
//
// It sums up slots of the kernel side: a container with cgroups of its own below it has one for each. A slot
// whose cgroup is gone is folded in before it is released, so that the sum never shrinks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/block.h"
#include "core/report.h"

namespace squid {

struct BlockTotals {
  std::array<block_traffic, BLOCK_DIRECTIONS> traffic{};
  histogram device_time{};
  histogram queue_time{};

  void add(const block_slot& slot);
};

// The names of one device's series; kept for as long as a report may refer to them.
class DeviceMetrics {
 public:
  explicit DeviceMetrics(std::string_view device);
  DeviceMetrics(const DeviceMetrics&) = delete;
  DeviceMetrics& operator=(const DeviceMetrics&) = delete;

  struct Traffic {
    MetricInfo bytes;
    MetricInfo requests;
  };
  std::array<Traffic, BLOCK_DIRECTIONS> traffic;
  MetricInfo device_time;
  MetricInfo queue_time;

 private:
  MetricInfo info(std::string_view device, std::string_view field, std::string_view unit, MetricKind kind,
                  std::string_view help);
  std::array<std::string, 2 * BLOCK_DIRECTIONS + 2> names_;
  std::size_t named_ = 0;
};

class DeviceActivity {
 public:
  explicit DeviceActivity(std::uint32_t device) : device_(device) {}

  std::uint32_t device() const { return device_; }  // position in the caller's list of devices
  void use(std::uint32_t slot) { slots_.push_back(slot); }
  // The slot is about to be released.
  void fold(std::uint32_t slot, const block_slot& last);

  block_traffic traffic(block_direction direction, std::span<const block_slot> slots) const;
  // What happened since the call before, which was so many seconds ago.
  void append_points(std::span<const block_slot> slots, const DeviceMetrics& metrics,
                     std::span<const double> percentiles, double seconds, std::vector<Point>& out);

 private:
  BlockTotals totals(std::span<const block_slot> slots) const;

  std::uint32_t device_;
  std::vector<std::uint32_t> slots_;
  std::unique_ptr<BlockTotals> folded_;
  BlockTotals at_flush_;
};

}  // namespace squid
