#include "interfaces/interface_source.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/monotonic.h"

namespace squid {
namespace {

const SourceRegistry::Entry kInterfaces{
    {.name = "interfaces",
     .help = "what the network interfaces of a container count, asked of the kernel by netlink"}};

constexpr std::uint64_t kNever = ~std::uint64_t{0};

struct Field {
  std::uint64_t InterfaceCounters::*counter;
  Reading CgroupSample::*reading;
};

constexpr std::array kFields{
    Field{&InterfaceCounters::rx_bytes, &CgroupSample::network_rx_bytes},
    Field{&InterfaceCounters::rx_packets, &CgroupSample::network_rx_packets},
    Field{&InterfaceCounters::rx_errors, &CgroupSample::network_rx_errors},
    Field{&InterfaceCounters::rx_dropped, &CgroupSample::network_rx_dropped},
    Field{&InterfaceCounters::tx_bytes, &CgroupSample::network_tx_bytes},
    Field{&InterfaceCounters::tx_packets, &CgroupSample::network_tx_packets},
    Field{&InterfaceCounters::tx_errors, &CgroupSample::network_tx_errors},
    Field{&InterfaceCounters::tx_dropped, &CgroupSample::network_tx_dropped},
};

bool has_grown(const InterfaceCounters& before, const InterfaceCounters& now) {
  return std::ranges::all_of(kFields,
                             [&](const Field& field) { return now.*field.counter >= before.*field.counter; });
}

// Services and slices live in the host's network, or are none of those that `docker stats` would show.
bool is_container(const CgroupRoster::Entry& entry) {
  return entry.container && entry.container->runtime != kPlainCgroup;
}

}  // namespace

Result<void> InterfaceSource::collect(Snapshot& snapshot) {
  collect_at(monotonic_ns(), snapshot);
  return {};
}

void InterfaceSource::collect_at(std::uint64_t now_ns, Snapshot& snapshot) {
  snapshot.supplied_by[static_cast<std::size_t>(MetricGroup::kNetwork)] = name();
  const auto entries = snapshot.roster.entries();
  watched_.resize(std::max(watched_.size(), entries.size()));
  for (CgroupRoster::Slot slot = 0; slot < entries.size(); ++slot) {
    const CgroupRoster::Entry& entry = entries[slot];
    Watched& watched = watched_[slot];
    if (watched.id != entry.id) begin_life(watched, entry.id, now_ns);
    if (now_ns < watched.next_ns) continue;
    watched.next_ns = is_container(entry) ? now_ns + pause(slot, now_ns - watched.first_ns) : kNever;
    if (watched.next_ns != kNever && follow(watched, entry)) fill(watched, now_ns, snapshot.samples[slot]);
  }
}

void InterfaceSource::collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) {
  if (departed.slot >= watched_.size()) return;
  Watched& watched = watched_[departed.slot];
  if (watched.id != departed.entry.id) return;
  // Its namespace may outlive it: by those it shares it with, or by a moment.
  if (watched.reports_on.id >= 0) fill(watched, monotonic_ns(), last);
  begin_life(watched, {}, 0);
}

void InterfaceSource::begin_life(Watched& watched, CgroupId id, std::uint64_t now_ns) {
  leave(watched);
  watched = {.id = id, .first_ns = now_ns, .next_ns = now_ns, .reports_on = {}, .base = {}};
}

// Whether the container is the one that reports the namespace it is in now.
bool InterfaceSource::follow(Watched& watched, const CgroupRoster::Entry& entry) {
  const auto found = namespaces_->find(entry, watched.reports_on);
  if (found && *found == watched.reports_on) return true;
  leave(watched);
  if (!found) return false;
  const auto [place, is_new] = reporter_of_.try_emplace(found->inode);
  Reporter& reporter = place->second;
  if (reporter.id.valid() && reporter.id != watched.id) return false;
  watched.reports_on = *found;
  // Who takes over goes on from where the one before ended. The kernel uses inodes again, though, and
  // counters that have shrunk are those of another namespace.
  const auto now = namespaces_->read(*found);
  watched.base = now && has_grown(reporter.last, *now) ? reporter.last : InterfaceCounters{};
  reporter.id = watched.id;
  return true;
}

void InterfaceSource::fill(const Watched& watched, std::uint64_t now_ns, CgroupSample& sample) {
  const auto now = namespaces_->read(watched.reports_on);
  if (!now) return;
  reporter_of_[watched.reports_on.inode].last = *now;
  for (const Field& field : kFields) {
    const std::uint64_t counted = (*now).*field.counter;
    const std::uint64_t base = watched.base.*field.counter;
    // An interface that was taken away takes its numbers along.
    if (counted >= base) sample.*field.reading = counted - base;
  }
  sample.set_taken(MetricGroup::kNetwork, now_ns);
}

void InterfaceSource::leave(Watched& watched) {
  const auto reporter = reporter_of_.find(watched.reports_on.inode);
  if (reporter == reporter_of_.end() || reporter->second.id != watched.id) return;
  if (namespaces_->read(watched.reports_on))
    reporter->second.id = {};
  else
    reporter_of_.erase(reporter);
  watched.reports_on = {};
}

// Often after the birth, when its network is being set up and it may not live long. Those that were there at
// the start drift apart with time, so that no pass reads them all.
std::uint64_t InterfaceSource::pause(CgroupRoster::Slot slot, std::uint64_t age_ns) const {
  const std::uint64_t grown = std::min(age_ns / 2, interval_ns_);
  return grown / 64 * (49 + slot % 16);
}

}  // namespace squid
