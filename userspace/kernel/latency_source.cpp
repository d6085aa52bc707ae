#include "kernel/latency_source.h"

#include <algorithm>
#include <utility>

#include "core/monotonic.h"
#include "kernel/histogram_growth.h"

namespace squid {
namespace {

const SourceRegistry::Entry kLatency{
    {.name = "latency",
     .help = "how long tasks wait for a CPU, and how often they lose it, counted by eBPF (--latency cpu)"}};

constexpr MetricInfo kWait{.name = "cpu.run_queue_latency",
                           .unit = "us",
                           .kind = MetricKind::kGauge,
                           .help = "How long a task that could run waited for a CPU"};

}  // namespace

void LatencySource::Totals::add(const latency_slot& slot) {
  involuntary_switches += slot.involuntary_switches;
  add_histogram(waits, slot.waits);
}

Result<void> LatencySource::collect(Snapshot& snapshot) {
  program_->recycle();
  owners_.follow(snapshot.roster, *this);
  if ((snapshot.wanted & group_bit(MetricGroup::kLatency)) == 0) return {};
  const std::uint64_t now_ns = monotonic_ns();
  for (CgroupRoster::Slot slot = 0; slot < snapshot.samples.size(); ++slot)
    if (snapshot.samples[slot].id.valid()) fill(watched_[slot], now_ns, snapshot.samples[slot]);
  snapshot.supplied_by[static_cast<std::size_t>(MetricGroup::kLatency)] = name();
  return {};
}

void LatencySource::collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) {
  owners_.end_life(departed, *this);
  fill(watched_[departed.slot], monotonic_ns(), last);
}

void LatencySource::give(std::uint32_t slot, CgroupRoster::Slot watched) {
  watched_[watched].slots.push_back(slot);
}

void LatencySource::release(std::uint32_t slot) {
  const latency_slot& last = program_->slots()[slot];
  for (Watched& watched : watched_) {
    if (std::erase(watched.slots, slot) == 0) continue;
    if (!watched.folded) watched.folded = std::make_unique<Totals>();
    watched.folded->add(last);
  }
  program_->release(slot);
}

void LatencySource::begin_life(CgroupRoster::Slot watched, CgroupId) {
  if (watched >= watched_.size()) watched_.resize(watched + std::size_t{1});
  watched_[watched] = {};
}

void LatencySource::fill(const Watched& watched, std::uint64_t now_ns, CgroupSample& sample) const {
  std::uint64_t switches = watched.folded ? watched.folded->involuntary_switches : 0;
  std::uint64_t waited_ns = watched.folded ? watched.folded->waits.sum_ns : 0;
  for (const std::uint32_t slot : watched.slots) {
    switches += program_->slots()[slot].involuntary_switches;
    waited_ns += program_->slots()[slot].waits.sum_ns;
  }
  sample.cpu_involuntary_switches = switches;
  sample.cpu_wait_ns = waited_ns;
  sample.set_taken(MetricGroup::kLatency, now_ns);
}

void LatencySource::append_points(CgroupRoster::Slot slot, std::vector<Point>& out) {
  if (slot >= watched_.size()) return;
  Watched& watched = watched_[slot];
  Totals now = watched.folded ? *watched.folded : Totals{};
  for (const std::uint32_t one : watched.slots) now.add(program_->slots()[one]);
  append_time(kWait, HistogramGrowth(watched.at_flush ? *watched.at_flush : histogram{}, now.waits),
              percentiles_, out);
  watched.at_flush = std::make_unique<histogram>(now.waits);
}

}  // namespace squid
