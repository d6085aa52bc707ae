#include "kernel/network_source.h"

#include <algorithm>
#include <utility>

#include "core/monotonic.h"

namespace squid {
namespace {

const SourceRegistry::Entry kNetwork{
    {.name = "sockets",
     .help = "packets and bytes of sockets and what TCP does, counted by eBPF in every network"}};

}  // namespace

Result<void> NetworkSource::collect(Snapshot& snapshot) {
  programs_->recycle();
  owners_.follow(snapshot.roster, *this);
  if ((snapshot.wanted & group_bit(MetricGroup::kSockets)) == 0) return {};
  const std::uint64_t now_ns = monotonic_ns();
  for (CgroupRoster::Slot slot = 0; slot < snapshot.samples.size(); ++slot)
    if (snapshot.samples[slot].id.valid() && owners_.is_here(snapshot.roster.entries()[slot]))
      fill(watched_[slot], now_ns, snapshot.samples[slot]);
  snapshot.supplied_by[static_cast<std::size_t>(MetricGroup::kSockets)] = name();
  return {};
}

void NetworkSource::collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) {
  owners_.end_life(departed, *this);
  if (owners_.is_here(departed.entry)) fill(watched_[departed.slot], monotonic_ns(), last);
}

void NetworkSource::give(std::uint32_t slot, CgroupRoster::Slot watched) {
  watched_[watched].slots.push_back(slot);
}

void NetworkSource::release(std::uint32_t slot) {
  const network_counters last = programs_->sum(slot);
  for (Watched& watched : watched_)
    if (std::erase(watched.slots, slot) != 0) add(watched.folded, last);
  programs_->release(slot);
}

void NetworkSource::begin_life(CgroupRoster::Slot watched, CgroupId) {
  if (watched >= watched_.size()) watched_.resize(watched + std::size_t{1});
  watched_[watched] = {};
}

void NetworkSource::fill(const Watched& watched, std::uint64_t now_ns, CgroupSample& sample) const {
  network_counters sum = watched.folded;
  for (const std::uint32_t slot : watched.slots) add(sum, programs_->sum(slot));
  sample.socket_rx_bytes = sum.rx_bytes;
  sample.socket_rx_packets = sum.rx_packets;
  sample.socket_tx_bytes = sum.tx_bytes;
  sample.socket_tx_packets = sum.tx_packets;
  sample.tcp_connects = sum.tcp_connects;
  sample.tcp_accepts = sum.tcp_accepts;
  sample.tcp_retransmits = sum.tcp_retransmits;
  sample.tcp_resets_sent = sum.tcp_resets_sent;
  sample.tcp_resets_received = sum.tcp_resets_received;
  sample.set_taken(MetricGroup::kSockets, now_ns);
}

}  // namespace squid
