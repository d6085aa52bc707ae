// HistogramGrowth: what a histogram of the kernel gathered between two instants. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bpf/histogram.h"
#include "core/report.h"

namespace squid {

class HistogramGrowth {
 public:
  HistogramGrowth(const histogram& before, const histogram& now);

  std::uint64_t count() const { return count_; }
  // Microseconds; nothing where nothing was counted. The mean is exact, the others are the middle of their
  // bucket: at most a sixteenth off.
  std::optional<double> mean_us() const;
  std::optional<double> upper_us() const { return value_of_rank(count_); }
  // The largest of the lowest `percentile` percent, as of samples (aggregate/sample_window.h).
  std::optional<double> upper_us(double percentile) const;

 private:
  std::optional<double> value_of_rank(std::uint64_t rank) const;

  histogram grown_;
  std::uint64_t count_ = 0;
};

// The middle of what a bucket counts.
double bucket_middle_us(std::uint32_t bucket);

// Mean, upper and percentiles as points of a metric in microseconds; none where nothing was counted.
void append_time(const MetricInfo& metric, const HistogramGrowth& growth, std::span<const double> percentiles,
                 std::vector<Point>& out);

// Adds to `sum` what `part` counted.
void add_histogram(histogram& sum, const histogram& part);

}  // namespace squid
