#include "kernel/network_source.h"

#include <algorithm>
#include <utility>

#include "kernel/monotonic.h"

namespace squid {
namespace {

const SourceRegistry::Entry kNetwork{
    {.name = "network",
     .help = "packets and bytes of sockets and what TCP does, counted by eBPF in every network"}};

}  // namespace

Result<void> NetworkSource::collect(Snapshot& snapshot) {
  const bool changed = snapshot.roster.passes() != roster_pass_;
  parts_.paths.begin_pass();
  if (changed) follow_roster(snapshot.roster);
  place_new_slots(snapshot.roster, changed && !snapshot.roster.arrived().empty());
  for (std::size_t slot = 0; slot < snapshot.samples.size(); ++slot)
    if (watched_[slot].id.valid()) fill(watched_[slot], snapshot.samples[slot]);
  snapshot.supplied_by[static_cast<std::size_t>(MetricGroup::kSockets)] = name();
  return {};
}

void NetworkSource::follow_roster(const CgroupRoster& roster) {
  roster_pass_ = roster.passes();
  const auto entries = roster.entries();
  watched_.resize(entries.size());
  bool departed = false;
  for (std::size_t slot = 0; slot < entries.size(); ++slot) {
    if (watched_[slot].id == entries[slot].id) continue;
    departed = departed || watched_[slot].id.valid();
    watched_[slot] = {.id = entries[slot].id, .slots = {}};
  }
  if (departed) release_dead();
}

void NetworkSource::place_new_slots(const CgroupRoster& roster, bool again) {
  const auto owners = parts_.programs->owners();
  known_.resize(owners.size());
  for (std::uint32_t slot = 0; slot < owners.size(); ++slot) {
    Known& known = known_[slot];
    if (owners[slot] == 0 || (known.cgroup == owners[slot] && (known.placed || !again))) continue;
    known = {.cgroup = owners[slot]};
    const auto path = parts_.paths.find(known.cgroup);
    if (!path) continue;
    for (const CgroupRoster::Slot owner : roster.at_or_above(*path)) {
      if (owner >= watched_.size()) continue;
      watched_[owner].slots.push_back(slot);
      known.placed = true;
    }
  }
}

void NetworkSource::release_dead() {
  for (std::uint32_t slot = 0; slot < known_.size(); ++slot) {
    if (known_[slot].cgroup == 0 || parts_.paths.find(known_[slot].cgroup)) continue;
    const network_counters last = parts_.programs->sum(slot);
    for (Watched& watched : watched_)
      if (std::erase(watched.slots, slot) != 0) add(watched.folded, last);
    parts_.programs->release(slot);
    known_[slot] = {};
  }
}

void NetworkSource::collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) {
  if (departed.slot >= watched_.size()) watched_.resize(departed.slot + 1);
  Watched& watched = watched_[departed.slot];
  if (watched.id != departed.entry.id) watched = {.id = departed.entry.id, .slots = {}};
  // Its first packets may have come since the last pass.
  const auto owners = parts_.programs->owners();
  known_.resize(owners.size());
  const std::uint64_t inode = departed.entry.inodes[parts_.hierarchy];
  for (std::uint32_t slot = 0; slot < owners.size(); ++slot) {
    if (inode == 0 || owners[slot] != inode || known_[slot].placed) continue;
    known_[slot] = {.cgroup = inode, .placed = true};
    watched.slots.push_back(slot);
  }
  fill(watched, last);
}

void NetworkSource::fill(const Watched& watched, CgroupSample& sample) const {
  network_counters sum = watched.folded;
  for (const std::uint32_t slot : watched.slots) add(sum, parts_.programs->sum(slot));
  sample.socket_rx_bytes = sum.rx_bytes;
  sample.socket_rx_packets = sum.rx_packets;
  sample.socket_tx_bytes = sum.tx_bytes;
  sample.socket_tx_packets = sum.tx_packets;
  sample.tcp_connects = sum.tcp_connects;
  sample.tcp_accepts = sum.tcp_accepts;
  sample.tcp_retransmits = sum.tcp_retransmits;
  sample.tcp_resets_sent = sum.tcp_resets_sent;
  sample.tcp_resets_received = sum.tcp_resets_received;
  sample.set_taken(MetricGroup::kSockets, monotonic_ns());
}

}  // namespace squid
