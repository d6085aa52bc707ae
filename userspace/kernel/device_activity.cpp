#include "kernel/device_activity.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/histogram_growth.h"

namespace squid {
namespace {

struct DirectionNames {
  std::string_view bytes;
  std::string_view requests;
  std::string_view help;
};
constexpr std::array<DirectionNames, BLOCK_DIRECTIONS> kDirections{{
    {"read_bytes", "reads", "Read from this device"},
    {"write_bytes", "writes", "Written to this device"},
    {"discard_bytes", "discards", "Discarded on this device"},
}};

}  // namespace

void BlockTotals::add(const block_slot& slot) {
  for (std::size_t i = 0; i < BLOCK_DIRECTIONS; ++i) {
    traffic[i].bytes += slot.traffic[i].bytes;
    traffic[i].requests += slot.traffic[i].requests;
  }
  add_histogram(device_time, slot.device_time);
  add_histogram(queue_time, slot.queue_time);
}

DeviceMetrics::DeviceMetrics(std::string_view device) {
  for (std::size_t i = 0; i < BLOCK_DIRECTIONS; ++i) {
    const DirectionNames& names = kDirections[i];
    traffic[i] = {.bytes = info(device, names.bytes, "bytes/s", MetricKind::kCounter, names.help),
                  .requests = info(device, names.requests, "requests/s", MetricKind::kCounter, names.help)};
  }
  device_time =
      info(device, "device_time", "us", MetricKind::kGauge, "How long the device took for a read or write");
  queue_time = info(device, "queue_time", "us", MetricKind::kGauge,
                    "How long a read or write waited for the device's driver");
}

MetricInfo DeviceMetrics::info(std::string_view device, std::string_view field, std::string_view unit,
                               MetricKind kind, std::string_view help) {
  std::string& name = names_[named_++];
  // A dot would make one level more in a hierarchical name.
  name = fmt::format("io.{}.{}", device, field);
  std::replace(name.begin() + 3, name.begin() + 3 + static_cast<std::ptrdiff_t>(device.size()), '.', '_');
  return {.name = name, .unit = unit, .kind = kind, .help = help};
}

void DeviceActivity::fold(std::uint32_t slot, const block_slot& last) {
  if (std::erase(slots_, slot) == 0) return;
  if (!folded_) folded_ = std::make_unique<BlockTotals>();
  folded_->add(last);
}

block_traffic DeviceActivity::traffic(block_direction direction, std::span<const block_slot> slots) const {
  block_traffic sum = folded_ ? folded_->traffic[direction] : block_traffic{};
  for (const std::uint32_t slot : slots_) {
    sum.bytes += slots[slot].traffic[direction].bytes;
    sum.requests += slots[slot].traffic[direction].requests;
  }
  return sum;
}

BlockTotals DeviceActivity::totals(std::span<const block_slot> slots) const {
  BlockTotals totals = folded_ ? *folded_ : BlockTotals{};
  for (const std::uint32_t slot : slots_) totals.add(slots[slot]);
  return totals;
}

void DeviceActivity::append_points(std::span<const block_slot> slots, const DeviceMetrics& metrics,
                                   std::span<const double> percentiles, double seconds,
                                   std::vector<Point>& out) {
  const BlockTotals now = totals(slots);
  const auto append_rate = [&](const MetricInfo& metric, std::uint64_t before, std::uint64_t after) {
    // What never happened on this device needs no series.
    if (after == 0) return;
    out.push_back(
        {.metric = &metric, .stat = Stat::kMean, .value = static_cast<double>(after - before) / seconds});
  };
  for (std::size_t i = 0; i < BLOCK_DIRECTIONS; ++i) {
    append_rate(metrics.traffic[i].bytes, at_flush_.traffic[i].bytes, now.traffic[i].bytes);
    append_rate(metrics.traffic[i].requests, at_flush_.traffic[i].requests, now.traffic[i].requests);
  }
  append_time(metrics.device_time, HistogramGrowth(at_flush_.device_time, now.device_time), percentiles, out);
  append_time(metrics.queue_time, HistogramGrowth(at_flush_.queue_time, now.queue_time), percentiles, out);
  at_flush_ = now;
}

}  // namespace squid
