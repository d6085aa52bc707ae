// Sampler: one sample pass in one straight line. Who exists, what the sources say about each, what changed
// since the last time, and into the aggregator. It owns all that must be remembered from one pass to the
// next.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/aggregator.h"
#include "aggregate/stat_plan.h"
#include "core/cgroup_roster.h"
#include "core/metric_source.h"
#include "core/rates.h"
#include "core/snapshot.h"
#include "kernel/lifecycle.h"
#include "pipeline/group_intervals.h"

namespace squid {

// The metrics that exist once for each core: the table's style, with as many rows as the host has cores.
class CoreRows {
 public:
  explicit CoreRows(unsigned cores);
  const std::deque<MetricRow>& rows() const { return rows_; }

 private:
  std::deque<std::string> names_;
  std::deque<MetricRow> rows_;
};

class Sampler {
 public:
  struct Parts {
    CgroupRoster& roster;
    Discovery& discovery;
    std::vector<MetricSource*> sources;
    std::vector<DetailSource*> details = {};
    Lifecycle* lifecycle = nullptr;  // tells OOM kills
    // Groups that it is enough to read once in a window, where nobody asks for single samples: a cgroup's end
    // tells what they have counted. Of memory_stat it does not, which is missing where a cgroup ends before
    // it is read; to read that, the kernel has to add up the statistics of all cgroups first.
    GroupMask told_at_end = 0;
  };
  struct Change {
    std::size_t births = 0;
    std::size_t deaths = 0;
    bool found = true;  // the discovery knew which cgroups there are
  };

  Sampler(Parts parts, const StatPlan& plan, std::vector<double> percentiles, unsigned cores);

  // Failures of single sources do not end the pass; they are handed out once each.
  Change pass(std::uint64_t now_ns, std::vector<Error>& errors, bool ends_window = true);

  const Aggregator& aggregator() const { return aggregator_; }
  // Ends the window, with everyone under the name that is known by now.
  std::vector<Subject> flush();
  // What ships from the next window on; the one in the making ends as it began.
  void change_plan(const StatPlan& plan) {
    next_plan_.reset();
    if (plan != plan_) next_plan_ = plan;
  }
  // Groups that are read more seldom than the others.
  void change_intervals(const GroupIntervals& intervals);
  // Since the last call.
  std::vector<Event> take_events() { return std::exchange(events_, {}); }
  std::size_t containers() const { return parts_.roster.containers(); }

 private:
  void use(const StatPlan& plan, std::vector<double> percentiles);
  std::vector<Aggregator::Column> columns(const StatPlan& plan) const;
  bool is_awake(std::uint16_t row) const;
  std::span<const std::uint16_t> awake_rows() const { return std::span(rows_).first(awake_rows_); }
  std::span<const std::uint16_t> resting_rows() const { return std::span(rows_).subspan(awake_rows_); }
  std::span<MetricValue> resting_values() {
    return std::span(values_).subspan(awake_rows_ + snapshot_.cores);
  }
  GroupMask find_waiting(std::uint64_t now_ns, GroupMask wanted);
  void drop_values_of_waiting();
  Change follow_roster(std::uint64_t now_ns);
  void begin_life(CgroupRoster::Slot slot, const CgroupRoster::Entry& entry);
  void end_life(const CgroupRoster::Departed& departed);
  void compute(CgroupRoster::Slot slot);
  std::shared_ptr<const Container> find_container(HierarchyIndex hierarchy, std::uint64_t inode) const;
  void note_oom_kills();
  void note(EventKind kind, const std::shared_ptr<const Container>& container);

  Parts parts_;
  CoreRows core_rows_;
  GroupMask resting_ = 0;  // groups that are read once in a window
  GroupIntervals intervals_{};
  std::array<std::uint64_t, kMetricGroupCount> next_read_ns_{};  // of those with an interval
  GroupMask waiting_ = 0;       // groups whose interval has not passed in this pass
  bool reads_resting_ = false;  // in this pass
  // Of the metric table: first those that are read in every pass, then those that rest. The columns of the
  // aggregator are the same, with the cores between the two.
  std::vector<std::uint16_t> rows_;
  std::size_t awake_rows_ = 0;
  Snapshot snapshot_;
  Aggregator aggregator_;
  std::vector<CgroupSample> previous_;  // by slot
  std::vector<Reading> previous_core_ns_;
  std::vector<MetricValue> values_;  // one for each column, for the cgroup at hand
  StatPlan plan_;
  std::optional<StatPlan> next_plan_;
  std::vector<Event> events_;
  std::uint64_t last_pass_ns_ = 0;
  std::uint64_t roster_pass_ = 0;
  std::uint64_t discovered_ns_ = 0;  // when the roster was last brought up to date
  std::uint64_t young_until_ns_ = ~std::uint64_t{0};
};

}  // namespace squid
