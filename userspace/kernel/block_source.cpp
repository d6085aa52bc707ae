#include "kernel/block_source.h"

#include <algorithm>
#include <utility>

#include "core/monotonic.h"

namespace squid {
namespace {

const SourceRegistry::Entry kBlock{
    {.name = "block",
     .help = "bytes, requests and latency of block devices, counted by eBPF at their completion"}};

}  // namespace

Result<void> BlockSource::collect(Snapshot& snapshot) {
  parts_.block->recycle();
  owners_.follow(snapshot.roster, *this);
  const std::uint64_t now_ns = begun_ns_ = monotonic_ns();
  if ((snapshot.wanted & group_bit(MetricGroup::kIo)) == 0) return {};
  for (CgroupRoster::Slot slot = 0; slot < snapshot.samples.size(); ++slot)
    if (snapshot.samples[slot].id.valid() && has_controller(watched_[slot], snapshot.roster.entries()[slot]))
      fill(watched_[slot], now_ns, snapshot.samples[slot]);
  snapshot.supplied_by[static_cast<std::size_t>(MetricGroup::kIo)] = name();
  return {};
}

void BlockSource::collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) {
  owners_.end_life(departed, *this);
  Watched& watched = watched_[departed.slot];
  // Of one whose files nobody has looked for while it lived, nothing else is known.
  if (watched.has_controller.value_or(true) || !watched.devices.empty()) fill(watched, monotonic_ns(), last);
}

// Without the controller, as users' own cgroups mostly are, what it does counts for a cgroup above it. It may
// be given the controller at any time.
bool BlockSource::has_controller(Watched& watched, const CgroupRoster::Entry& entry) const {
  if (!watched.has_controller.value_or(false))
    watched.has_controller = !watched.devices.empty() || owners_.has_file(entry, "io.stat") ||
                             owners_.has_file(entry, "blkio.reset_stats");
  return *watched.has_controller;
}

void BlockSource::give(std::uint32_t slot, CgroupRoster::Slot watched) {
  auto& devices = watched_[watched].devices;
  const std::uint32_t device = device_of(parts_.block->slots()[slot].key);
  auto activity = std::ranges::find(devices, device, &DeviceActivity::device);
  if (activity == devices.end()) activity = devices.emplace(activity, device);
  activity->use(slot);
}

void BlockSource::release(std::uint32_t slot) {
  const block_slot& last = parts_.block->slots()[slot];
  for (Watched& watched : watched_)
    for (DeviceActivity& activity : watched.devices) activity.fold(slot, last);
  parts_.block->release(slot);
}

void BlockSource::begin_life(CgroupRoster::Slot watched, CgroupId) {
  if (watched >= watched_.size()) watched_.resize(watched + std::size_t{1});
  // One that came since the pass before did so in this window.
  watched_[watched] = {.flushed_ns = begun_ns_ != 0 ? begun_ns_ : monotonic_ns(), .devices = {}};
}

void BlockSource::fill(const Watched& watched, std::uint64_t now_ns, CgroupSample& sample) const {
  if (sample.io_read_bytes) return;
  std::array<block_traffic, BLOCK_DIRECTIONS> sum{};
  for (const DeviceActivity& activity : watched.devices) {
    if (devices_[activity.device()].stacked) continue;
    for (std::size_t i = 0; i < BLOCK_DIRECTIONS; ++i) {
      const block_traffic traffic = activity.traffic(static_cast<block_direction>(i), parts_.block->slots());
      sum[i].bytes += traffic.bytes;
      sum[i].requests += traffic.requests;
    }
  }
  sample.io_read_bytes = sum[BLOCK_READ].bytes;
  sample.io_reads = sum[BLOCK_READ].requests;
  sample.io_write_bytes = sum[BLOCK_WRITE].bytes;
  sample.io_writes = sum[BLOCK_WRITE].requests;
  sample.io_discard_bytes = sum[BLOCK_DISCARD].bytes;
  sample.io_discards = sum[BLOCK_DISCARD].requests;
  sample.set_taken(MetricGroup::kIo, now_ns);
}

void BlockSource::append_points(CgroupRoster::Slot slot, std::vector<Point>& out) {
  if (slot >= watched_.size()) return;
  Watched& watched = watched_[slot];
  const std::uint64_t now_ns = monotonic_ns();
  const double seconds = static_cast<double>(now_ns - watched.flushed_ns) * 1e-9;
  if (seconds <= 0) return;
  for (DeviceActivity& activity : watched.devices)
    activity.append_points(parts_.block->slots(), *devices_[activity.device()].metrics, parts_.percentiles,
                           seconds, out);
  watched.flushed_ns = now_ns;
}

std::uint32_t BlockSource::device_of(const block_key& key) {
  const auto same = std::ranges::find_if(devices_, [&key](const Device& device) {
    return device.major == key.major && device.minor == key.minor;
  });
  if (same != devices_.end()) return static_cast<std::uint32_t>(same - devices_.begin());
  const BlockDevice device = parts_.devices->read(key.major, key.minor);
  devices_.push_back({.major = key.major,
                      .minor = key.minor,
                      .stacked = device.stacked,
                      .metrics = std::make_unique<DeviceMetrics>(device.name)});
  return static_cast<std::uint32_t>(devices_.size() - 1);
}

}  // namespace squid
