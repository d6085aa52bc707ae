#include "pipeline/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <span>
#include <utility>

namespace squid {
namespace {

// Between two flushes.
constexpr std::size_t kMostEvents = 16384;
// Limits are set in the moments after a birth.
constexpr std::uint64_t kYouthNs = 2'000'000'000;

bool is_group(const CgroupRoster::Entry& entry) {
  return entry.container && entry.container->is_group();
}

}  // namespace

CoreRows::CoreRows(unsigned cores) {
  for (unsigned core = 0; core < cores; ++core) {
    const std::string& name = names_.emplace_back(fmt::format("cpu.core_{}", core));
    rows_.push_back(MetricRow{.info = {name, "percent", MetricKind::kCounter, "CPU time used on this core"},
                              .group = MetricGroup::kPerCpu,
                              .member = nullptr,
                              .default_stats = StatSet::of({Stat::kMean, Stat::kUpper}),
                              .scale = 1e-7});
  }
}

Sampler::Sampler(Parts parts, const StatPlan& plan, std::vector<double> percentiles, unsigned cores)
    : parts_(std::move(parts)), core_rows_(cores), snapshot_(parts_.roster), aggregator_({}, {}) {
  snapshot_.cores = cores;
  use(plan, std::move(percentiles));
}

void Sampler::use(const StatPlan& plan, std::vector<double> percentiles) {
  plan_ = plan;
  // The cores have their largest sample told.
  resting_ = parts_.told_at_end & ~plan.groups_of_samples() & ~group_bit(MetricGroup::kPerCpu);
  rows_ = plan.rows();
  const auto first_resting =
      std::stable_partition(rows_.begin(), rows_.end(), [this](std::uint16_t row) { return is_awake(row); });
  awake_rows_ = static_cast<std::size_t>(first_resting - rows_.begin());
  aggregator_ = Aggregator(columns(plan), std::move(percentiles), parts_.details);
  values_.assign(rows_.size() + snapshot_.cores, {});
  // What the next pass tells of a group is over the time since the last one.
  if (last_pass_ns_ == 0) return;
  aggregator_.begin_pass(last_pass_ns_);
  aggregator_.end_pass();
}

std::vector<Aggregator::Column> Sampler::columns(const StatPlan& plan) const {
  std::vector<Aggregator::Column> columns;
  const auto append = [&](std::span<const std::uint16_t> rows) {
    for (const std::uint16_t row : rows)
      columns.push_back(
          {&kMetricTable[row].info, plan.stats[row], plan.extras[row], adds_up(kMetricTable[row])});
  };
  append(awake_rows());
  for (const MetricRow& row : core_rows_.rows())
    columns.push_back({&row.info, row.default_stats, {}, adds_up(row)});
  append(resting_rows());
  return columns;
}

bool Sampler::is_awake(std::uint16_t row) const {
  return (resting_ & group_bit(kMetricTable[row].group)) == 0;
}

// A group with another interval is read at once.
void Sampler::change_intervals(const GroupIntervals& intervals) {
  for (std::size_t i = 0; i < kMetricGroupCount; ++i)
    if (intervals[i] != intervals_[i]) next_read_ns_[i] = 0;
  intervals_ = intervals;
}

// Of those groups, the ones whose turn it is not yet. It comes in the nearest pass, so that a pass that is a
// little early or late does not move it by a whole one.
GroupMask Sampler::find_waiting(std::uint64_t now_ns, GroupMask wanted) {
  const std::uint64_t soon_ns = now_ns + (now_ns - last_pass_ns_) / 2;
  GroupMask waiting = 0;
  for (std::size_t i = 0; i < kMetricGroupCount; ++i) {
    const auto interval_ns = static_cast<std::uint64_t>(intervals_[i].count());
    const GroupMask group = group_bit(static_cast<MetricGroup>(i));
    if (interval_ns == 0 || (wanted & group) == 0) continue;
    std::uint64_t& next_ns = next_read_ns_[i];
    if (soon_ns < next_ns) {
      waiting |= group;
      continue;
    }
    next_ns += interval_ns;
    if (next_ns <= now_ns) next_ns = now_ns + interval_ns;
  }
  return waiting;
}

Sampler::Change Sampler::pass(std::uint64_t now_ns, std::vector<Error>& errors, bool ends_window) {
  reads_resting_ = ends_window || now_ns < young_until_ns_;
  const GroupMask wanted = reads_resting_ ? kAllGroups : kAllGroups & ~resting_;
  waiting_ = find_waiting(now_ns, wanted);
  snapshot_.wanted = wanted & ~waiting_;
  for (MetricSource* source : parts_.sources) source->prepare(snapshot_.wanted);
  const auto refreshed = parts_.discovery.refresh(parts_.roster);
  if (!refreshed) errors.push_back(refreshed.error());
  aggregator_.begin_pass(now_ns);
  Change change = follow_roster(now_ns);
  change.found = refreshed.has_value();
  note_oom_kills();

  snapshot_.begin();
  for (MetricSource* source : parts_.sources)
    if (auto collected = source->collect(snapshot_); !collected) errors.push_back(collected.error());

  for (CgroupRoster::Slot slot = 0; slot < snapshot_.samples.size(); ++slot)
    if (snapshot_.samples[slot].id.valid()) compute(slot);
  aggregator_.end_pass();
  last_pass_ns_ = now_ns;
  return change;
}

Sampler::Change Sampler::follow_roster(std::uint64_t now_ns) {
  const CgroupRoster& roster = parts_.roster;
  // A discovery may rest between two scans; then nobody has come or gone.
  if (roster.passes() == roster_pass_) return {};
  roster_pass_ = roster.passes();

  const auto entries = roster.entries();
  previous_.resize(entries.size());
  give_back_room(previous_);
  previous_core_ns_.resize(entries.size() * snapshot_.cores);
  for (const CgroupRoster::Departed& departed : roster.departed()) end_life(departed);
  for (const CgroupRoster::Slot slot : roster.arrived())
    if (entries[slot].id.valid()) begin_life(slot, entries[slot]);
  if (!roster.arrived().empty() || discovered_ns_ == 0) young_until_ns_ = now_ns + kYouthNs;
  discovered_ns_ = now_ns;
  const auto is_birth = [&](CgroupRoster::Slot slot) { return !is_group(entries[slot]); };
  const auto is_death = [](const CgroupRoster::Departed& departed) {
    return !departed.lives && !is_group(departed.entry);
  };
  return Change{.births = static_cast<std::size_t>(std::ranges::count_if(roster.arrived(), is_birth)),
                .deaths = static_cast<std::size_t>(std::ranges::count_if(roster.departed(), is_death))};
}

std::vector<Subject> Sampler::flush() {
  const auto entries = parts_.roster.entries();
  for (CgroupRoster::Slot slot = 0; slot < entries.size(); ++slot)
    if (entries[slot].id.valid()) aggregator_.rename(slot, entries[slot].container);
  std::vector<Subject> subjects = aggregator_.flush();
  if (const auto next = std::exchange(next_plan_, std::nullopt)) use(*next, aggregator_.percentiles());
  return subjects;
}

void Sampler::begin_life(CgroupRoster::Slot slot, const CgroupRoster::Entry& entry) {
  const bool born = entry.born_under_watch;
  if (born) {
    note(EventKind::kStart, entry.container);
    aggregator_.begin(slot);
  }
  previous_[slot] = born ? sample_before_birth(entry.id, discovered_ns_) : CgroupSample{.id = entry.id};
  for (unsigned core = 0; core < snapshot_.cores; ++core)
    previous_core_ns_[slot * snapshot_.cores + core] = born ? Reading{0} : Reading{};
}

// What it used since its last sample belongs to this window, whatever happens to its slot.
void Sampler::end_life(const CgroupRoster::Departed& departed) {
  // It may have come and gone between two passes.
  if (previous_[departed.slot].id != departed.entry.id) begin_life(departed.slot, departed.entry);
  CgroupSample last{.id = departed.entry.id};
  for (MetricSource* source : parts_.sources) source->collect_last(departed, last);
  derive_fields(last);
  std::fill(values_.begin(), values_.end(), MetricValue{});
  compute_rates(awake_rows(), previous_[departed.slot], last, values_);
  compute_rates(resting_rows(), previous_[departed.slot], last, resting_values());
  aggregator_.add_last(departed.slot, departed.entry.container, values_);
  aggregator_.depart(departed.slot);
  if (!departed.lives) note(EventKind::kExit, departed.entry.container);
  previous_[departed.slot] = {};
}

void Sampler::note(EventKind kind, const std::shared_ptr<const Container>& container) {
  // A sink that never takes them, and a host that does nothing but start containers.
  if (events_.size() == kMostEvents || !container->selected || container->is_group()) return;
  events_.push_back({.kind = kind, .time_s = std::time(nullptr), .container = container, .process = {}});
}

// Of a watched cgroup, one that has gone in this pass included.
std::shared_ptr<const Container> Sampler::find_container(HierarchyIndex hierarchy,
                                                         std::uint64_t inode) const {
  const CgroupRoster& roster = parts_.roster;
  for (const CgroupRoster::Departed& departed : roster.departed())
    if (departed.entry.inodes[hierarchy] == inode) return departed.entry.container;
  const auto slot = roster.find(hierarchy, inode);
  return slot == CgroupRoster::kUnknown ? nullptr : roster.entries()[slot].container;
}

// The victim may be a part of a container, with a limit of its own. Which limit was reached the kernel does
// not tell; it is the one with the least room left.
void Sampler::note_oom_kills() {
  if (parts_.lifecycle == nullptr) return;
  for (OomKill& kill : parts_.lifecycle->take_oom_kills()) {
    std::uint64_t limit_bytes = 0;
    std::uint64_t least_room = std::numeric_limits<std::uint64_t>::max();
    std::shared_ptr<const Container> container;
    for (const OomKill::Level& level : kill.levels) {
      const std::uint64_t room = level.limit_bytes - std::min(level.limit_bytes, level.usage_bytes);
      if (level.limit_bytes != 0 && room < least_room) {
        limit_bytes = level.limit_bytes;
        least_room = room;
      }
      container = find_container(kill.hierarchy, level.inode);
      if (container && !container->is_group()) break;
    }
    if (!container || !container->selected || container->is_group() || events_.size() == kMostEvents)
      continue;
    note(EventKind::kOomKill, container);
    events_.back().process = std::move(kill.process);
    events_.back().pid = kill.pid;
    events_.back().limit_bytes = limit_bytes;
  }
}

// Some sources tell at no cost what nobody waits for; it is compared with what was told in the last turn.
void Sampler::drop_values_of_waiting() {
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if ((waiting_ & group_bit(kMetricTable[rows_[i]].group)) != 0)
      values_[i < awake_rows_ ? i : i + snapshot_.cores] = {};
}

void Sampler::compute(CgroupRoster::Slot slot) {
  CgroupSample& sample = snapshot_.samples[slot];
  CgroupSample& previous = previous_[slot];
  derive_fields(sample);
  carry_limits(previous, sample);
  compute_rates(awake_rows(), previous, sample, values_);

  const std::size_t first_core = std::size_t{slot} * snapshot_.cores;
  for (unsigned core = 0; core < snapshot_.cores; ++core) {
    Reading& before = previous_core_ns_[first_core + core];
    const Reading now = snapshot_.core_ns[first_core + core];
    values_[awake_rows_ + core] =
        compute_counter(core_rows_.rows()[core], before, previous.taken(MetricGroup::kPerCpu), now,
                        sample.taken(MetricGroup::kPerCpu));
    if (now) before = now;
  }
  if (snapshot_.cores > 0) previous.set_taken(MetricGroup::kPerCpu, sample.taken(MetricGroup::kPerCpu));

  std::span<const MetricValue> values = values_;
  if (reads_resting_) {
    compute_rates(resting_rows(), previous, sample, resting_values());
  } else {
    values = values.first(awake_rows_ + snapshot_.cores);
  }
  if (waiting_ != 0) drop_values_of_waiting();
  aggregator_.add(slot, parts_.roster.entries()[slot].container, values);
  advance(previous, sample, snapshot_.wanted);
}

}  // namespace squid
