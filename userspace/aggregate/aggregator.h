// Aggregator: turns the samples of one flush window into points. Dense: one accumulator for each watched
// cgroup and column, no string is touched between two flushes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aggregate/sample_window.h"
#include "core/cgroup_roster.h"
#include "core/detail_source.h"
#include "core/rates.h"
#include "core/report.h"

namespace squid {

class Aggregator {
 public:
  // One series family that ships: which metric, and what is said about it.
  struct Column {
    const MetricInfo* metric;
    StatSet stats;
    StatSet extras = {};  // only for those who need them
  };

  // `details` are asked for each watched cgroup whenever its points are taken.
  Aggregator(std::vector<Column> columns, std::vector<double> percentiles,
             std::vector<DetailSource*> details = {});

  // `values` has one entry for each column, or for the first ones; absent ones leave their accumulator alone.
  void add(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container,
           std::span<const MetricValue> values);
  // Whose slot it is from now on, what was added to it included: its name may have become known.
  void rename(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container);
  // The cgroup is gone: what it did in this window is kept for the flush, and the slot is free.
  void depart(CgroupRoster::Slot slot);
  // Ends the window. Subjects without a single point are left out, and who is not selected.
  std::vector<Subject> flush();

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
  };

  void ensure(CgroupRoster::Slot slot);
  Subject take(CgroupRoster::Slot slot);
  void append_points(const Column& column, const Accumulator& sums, SampleWindow* window, Subject& out) const;

  std::vector<Column> columns_;
  std::vector<double> percentiles_;
  std::vector<DetailSource*> details_;
  std::vector<int> window_of_column_;  // position among the columns that keep all samples, or -1
  std::size_t window_columns_ = 0;

  std::vector<std::shared_ptr<const Container>> containers_;  // by slot
  std::vector<Accumulator> accumulators_;                     // slot-major
  std::vector<SampleWindow> windows_;                         // slot-major, window columns only
  std::vector<Subject> departed_;
};

}  // namespace squid
