#include "kernel/block_source.h"

#include <algorithm>
#include <utility>

#include "kernel/monotonic.h"

namespace squid {
namespace {

const SourceRegistry::Entry kBlock{
    {.name = "block",
     .help = "bytes, requests and latency of block devices, counted by eBPF at their completion"}};

}  // namespace

Result<void> BlockSource::collect(Snapshot& snapshot) {
  const bool changed = snapshot.roster.passes() != roster_pass_;
  parts_.paths.begin_pass();
  if (changed) follow_roster(snapshot.roster);
  place_new_slots(snapshot.roster, changed && !snapshot.roster.arrived().empty());

  const std::uint64_t now_ns = begun_ns_ = monotonic_ns();
  for (std::size_t slot = 0; slot < snapshot.samples.size(); ++slot)
    if (watched_[slot].id.valid()) fill(watched_[slot], now_ns, snapshot.samples[slot]);
  snapshot.supplied_by[static_cast<std::size_t>(MetricGroup::kIo)] = name();
  return {};
}

void BlockSource::follow_roster(const CgroupRoster& roster) {
  roster_pass_ = roster.passes();
  const std::uint64_t now_ns = monotonic_ns();
  const auto entries = roster.entries();
  watched_.resize(entries.size());
  bool departed = false;
  for (std::size_t slot = 0; slot < entries.size(); ++slot) {
    if (watched_[slot].id == entries[slot].id) continue;
    departed = departed || watched_[slot].id.valid();
    watched_[slot] = {.id = entries[slot].id, .flushed_ns = now_ns, .devices = {}};
  }
  if (departed) release_dead();
}

void BlockSource::place_new_slots(const CgroupRoster& roster, bool again) {
  const auto slots = parts_.block->slots();
  known_.resize(slots.size());
  for (std::uint32_t slot = 0; slot < slots.size(); ++slot) {
    Known& known = known_[slot];
    const std::uint64_t cgroup = slots[slot].key.cgroup;
    if (cgroup == 0 || (known.cgroup == cgroup && (known.placed || !again))) continue;
    known = {.cgroup = cgroup, .placed = place(slot, roster)};
  }
}

// Into every watched cgroup that the slot's one is, or is below of.
bool BlockSource::place(std::uint32_t slot, const CgroupRoster& roster) {
  const block_key& key = parts_.block->slots()[slot].key;
  const auto path = parts_.paths.find(key.cgroup);
  if (!path) return false;
  bool placed = false;
  for (const CgroupRoster::Slot owner : roster.at_or_above(*path)) {
    if (owner >= watched_.size()) continue;
    give(slot, watched_[owner]);
    placed = true;
  }
  return placed;
}

void BlockSource::give(std::uint32_t slot, Watched& owner) {
  const std::uint32_t device = device_of(parts_.block->slots()[slot].key);
  auto activity = std::ranges::find(owner.devices, device, &DeviceActivity::device);
  if (activity == owner.devices.end()) activity = owner.devices.emplace(activity, device);
  activity->use(slot);
}

void BlockSource::collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) {
  if (departed.slot >= watched_.size()) watched_.resize(departed.slot + 1);
  Watched& watched = watched_[departed.slot];
  const std::uint64_t now_ns = monotonic_ns();
  if (watched.id != departed.entry.id)
    watched = {.id = departed.entry.id, .flushed_ns = begun_ns_, .devices = {}};
  // What it did since the last pass, for the first time on a device.
  const auto slots = parts_.block->slots();
  known_.resize(slots.size());
  const std::uint64_t inode = departed.entry.inodes[parts_.hierarchy];
  for (std::uint32_t slot = 0; slot < slots.size(); ++slot) {
    if (inode == 0 || slots[slot].key.cgroup != inode || known_[slot].placed) continue;
    known_[slot] = {.cgroup = inode, .placed = true};
    give(slot, watched);
  }
  fill(watched, now_ns, last);
}

// A cgroup that is gone can do no more I/O, except for what it left to be written back.
void BlockSource::release_dead() {
  for (std::uint32_t slot = 0; slot < known_.size(); ++slot) {
    if (known_[slot].cgroup == 0 || parts_.paths.find(known_[slot].cgroup)) continue;
    fold(slot);
    parts_.block->release(slot);
    known_[slot] = {};
  }
}

void BlockSource::fold(std::uint32_t slot) {
  const block_slot& last = parts_.block->slots()[slot];
  for (Watched& watched : watched_)
    for (DeviceActivity& activity : watched.devices) activity.fold(slot, last);
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
