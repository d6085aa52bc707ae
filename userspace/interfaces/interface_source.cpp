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
// Where a container lives is in files, which cost more than its counters, and hardly ever changes.
constexpr std::uint64_t kReadingsPerFollow = 10;

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

// Services and slices live in the host's network, or are none of those that `docker stats` would show. A
// pod's network is told once, with one of its containers.
bool is_container(const CgroupRoster::Entry& entry) {
  return entry.container && entry.container->runtime != kPlainCgroup && !entry.container->is_group();
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
    if (watched.id != entry.id) begin_life(watched, entry, now_ns);
    if (now_ns < watched.next_ns) continue;
    watched.next_ns = is_container(entry) ? now_ns + pause(slot, watched, now_ns, interval_ns_) : kNever;
    if (watched.next_ns == kNever) continue;
    const bool settled = now_ns < watched.follow_ns;
    auto counters = settled ? read(watched) : std::nullopt;
    if (!settled || (watched.reports && (!counters || counters->who != watched.who))) {
      counters = follow(watched, entry);
      const std::uint64_t readings = watched.home.id < 0 ? 1 : kReadingsPerFollow;
      watched.follow_ns = now_ns + pause(slot, watched, now_ns, readings * interval_ns_);
    }
    if (counters) fill(watched, *counters, now_ns, snapshot.samples[slot]);
  }
}

void InterfaceSource::collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) {
  if (departed.slot >= watched_.size()) return;
  Watched& watched = watched_[departed.slot];
  if (watched.id != departed.entry.id) return;
  // Its namespace may outlive it: by those it shares it with, or by a moment.
  if (const auto counters = read(watched)) fill(watched, *counters, monotonic_ns(), last);
  leave(watched);
  watched = {};
}

void InterfaceSource::begin_life(Watched& watched, const CgroupRoster::Entry& entry, std::uint64_t now_ns) {
  leave(watched);
  // Who was there before us is as old as the host, as far as we know.
  const std::uint64_t first_ns = entry.born_under_watch ? now_ns : 0;
  watched = {.id = entry.id, .first_ns = first_ns, .home = {}, .base = {}};
}

// Where there was no interface, there is none until one comes.
std::optional<InterfaceCounters> InterfaceSource::read(const Watched& watched) {
  if (!watched.reports) return std::nullopt;
  if (watched.who == 0 && watched.changes == namespaces_->changes()) return InterfaceCounters{};
  return namespaces_->read(watched.home);
}

// Finds out which namespace the container is in now. Its counters, if the container is the one that reports
// on it.
std::optional<InterfaceCounters> InterfaceSource::follow(Watched& watched, const CgroupRoster::Entry& entry) {
  const NetworkNamespace home = namespaces_->find(entry, watched.home).value_or(NetworkNamespace{});
  if (!(home == watched.home)) leave(watched);
  watched.home = home;
  if (home.id < 0) return std::nullopt;
  Reporter& reporter = reporter_of_[home.inode];
  if (reporter.id.valid() && reporter.id != watched.id) return std::nullopt;
  watched.changes = namespaces_->changes();
  const auto counters = namespaces_->read(home);
  if (!counters) return std::nullopt;
  watched.who = counters->who;
  if (watched.reports) return counters;
  // Who takes over goes on from where the one before ended. The kernel uses inodes again, though: other
  // interfaces, or counters that have shrunk, are those of another namespace.
  const bool is_same = reporter.last.who == counters->who && has_grown(reporter.last, *counters);
  watched.base = is_same ? reporter.last : InterfaceCounters{};
  watched.reports = true;
  reporter.id = watched.id;
  return counters;
}

void InterfaceSource::fill(const Watched& watched, const InterfaceCounters& counters, std::uint64_t now_ns,
                           CgroupSample& sample) {
  reporter_of_[watched.home.inode].last = counters;
  for (const Field& field : kFields) {
    const std::uint64_t counted = counters.*field.counter;
    const std::uint64_t base = watched.base.*field.counter;
    // An interface that was taken away takes its numbers along.
    if (counted >= base) sample.*field.reading = counted - base;
  }
  sample.set_taken(MetricGroup::kNetwork, now_ns);
}

// Somebody else who lives there has to report on it now.
void InterfaceSource::leave(Watched& watched) {
  if (!watched.reports) return;
  watched.reports = false;
  if (!namespaces_->read(watched.home)) {
    reporter_of_.erase(watched.home.inode);
    return;
  }
  reporter_of_[watched.home.inode].id = {};
  for (Watched& other : watched_)
    if (other.id.valid() && other.home == watched.home) other.next_ns = other.follow_ns = 0;
}

// Short after the birth, when its network is being set up and it may not live long. Those that were there at
// the start drift apart with time, so that no pass reads them all.
std::uint64_t InterfaceSource::pause(CgroupRoster::Slot slot, const Watched& watched, std::uint64_t now_ns,
                                     std::uint64_t longest_ns) {
  return std::min((now_ns - watched.first_ns) / 2, longest_ns) / 64 * (57 + slot % 8);
}

}  // namespace squid
