// SlotStatistics: what the values of one flush window come to, for each slot and column. Dense: no string is
// touched between two flushes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aggregate/sample_window.h"
#include "core/cgroup_roster.h"
#include "core/rates.h"
#include "core/report.h"

namespace squid {

// One series family that ships: which metric, and what is said about it.
struct StatColumn {
  const MetricInfo* metric;
  StatSet stats;
  StatSet extras = {};   // only for those who need them
  bool adds_up = false;  // over the members of a group
};

class SlotStatistics {
 public:
  using Slot = CgroupRoster::Slot;

  SlotStatistics(std::vector<StatColumn> columns, std::vector<double> percentiles);

  // Makes room for this slot.
  void ensure(Slot slot);
  // `values` has one entry for each column, or for the first ones; absent ones leave their column alone.
  void add(Slot slot, std::span<const MetricValue> values);
  // The same, of a life that has ended. What is too short for a rate counts in means and growth alone.
  void add_last(Slot slot, std::span<const MetricValue> values);
  // What the slot's counter did in this window so far; of a gauge it says nothing.
  struct Growth {
    double sum = 0;  // of value times seconds
    double growth = 0;
    double seconds = 0;
  };
  Growth growth(Slot slot, std::size_t column) const;
  // Belongs to the window's mean and count, and to none of its samples.
  void credit(Slot slot, std::size_t column, const Growth& growth);
  // Appends what there is to say about the slot, and empties it.
  void take(Slot slot, Subject& out);
  void clear(Slot slot);
  // From this slot on all are empty.
  void end_at(Slot slot);

  const std::vector<StatColumn>& columns() const { return columns_; }
  const std::vector<double>& percentiles() const { return percentiles_; }

 private:
  struct Accumulator {
    std::uint32_t samples = 0;
    double last = 0;
    double lower = 0;
    double upper = 0;
    double sum = 0;     // gauges: of the values; counters: of value times seconds
    double weight = 0;  // gauges: number of samples; counters: seconds
    double growth = 0;
    double raw = 0;

    void add(const MetricValue& value, double seconds);
  };

  bool is_counter(std::size_t column) const { return columns_[column].metric->kind == MetricKind::kCounter; }
  void add_sample(Slot slot, std::size_t column, const MetricValue& value);

  void append_points(const StatColumn& column, const Accumulator& sums, SampleWindow* window,
                     Subject& out) const;

  std::vector<StatColumn> columns_;
  std::vector<double> percentiles_;
  std::vector<int> window_of_column_;  // position among the columns that keep all samples, or -1
  std::size_t window_columns_ = 0;
  std::size_t slots_ = 0;
  std::vector<Accumulator> accumulators_;  // slot-major
  std::vector<SampleWindow> windows_;      // slot-major, window columns only
};

}  // namespace squid
