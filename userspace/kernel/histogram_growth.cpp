#include "kernel/histogram_growth.h"

#include <cmath>

namespace squid {

double bucket_middle_us(std::uint32_t bucket) {
  if (bucket < HISTOGRAM_SUB_BUCKETS) return bucket + 0.5;
  const std::uint32_t shift = bucket / HISTOGRAM_SUB_BUCKETS - 1;
  const std::uint64_t lowest = std::uint64_t{HISTOGRAM_SUB_BUCKETS + bucket % HISTOGRAM_SUB_BUCKETS} << shift;
  return static_cast<double>(lowest) + static_cast<double>(std::uint64_t{1} << shift) / 2;
}

void add_histogram(histogram& sum, const histogram& part) {
  sum.sum_ns += part.sum_ns;
  for (std::uint32_t i = 0; i < HISTOGRAM_BUCKETS; ++i) sum.buckets[i] += part.buckets[i];
}

HistogramGrowth::HistogramGrowth(const histogram& before, const histogram& now) : grown_(now) {
  grown_.sum_ns -= before.sum_ns;
  for (std::uint32_t i = 0; i < HISTOGRAM_BUCKETS; ++i) {
    // Wraps around as the kernel's counter does.
    grown_.buckets[i] -= before.buckets[i];
    count_ += grown_.buckets[i];
  }
}

std::optional<double> HistogramGrowth::mean_us() const {
  if (count_ == 0) return std::nullopt;
  return static_cast<double>(grown_.sum_ns) * 1e-3 / static_cast<double>(count_);
}

std::optional<double> HistogramGrowth::upper_us(double percentile) const {
  if (count_ == 1) return upper_us();
  return value_of_rank(
      static_cast<std::uint64_t>(std::floor(percentile / 100.0 * static_cast<double>(count_) + 0.5)));
}

std::optional<double> HistogramGrowth::value_of_rank(std::uint64_t rank) const {
  if (rank == 0 || rank > count_) return std::nullopt;
  std::uint64_t seen = 0;
  for (std::uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; ++bucket) {
    seen += grown_.buckets[bucket];
    if (seen >= rank) return bucket_middle_us(bucket);
  }
  return std::nullopt;
}

void append_time(const MetricInfo& metric, const HistogramGrowth& growth, std::span<const double> percentiles,
                 std::vector<Point>& out) {
  if (growth.count() == 0) return;
  out.push_back({.metric = &metric, .stat = Stat::kMean, .value = *growth.mean_us()});
  out.push_back({.metric = &metric, .stat = Stat::kUpper, .value = *growth.upper_us()});
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    if (const auto value = growth.upper_us(percentiles[i]))
      out.push_back({.metric = &metric,
                     .stat = Stat::kUpperPercentile,
                     .percentile = static_cast<std::uint8_t>(i),
                     .value = *value});
}

}  // namespace squid
