#include "aggregate/slot_statistics.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/shrink.h"

namespace squid {
namespace {

// A living cgroup's CPU time is what the last tick has added up, in the end it is exact. Over less than some
// ticks the difference may be several times what a CPU can do.
constexpr double kShortestRateSeconds = 0.02;

}  // namespace

SlotStatistics::SlotStatistics(std::vector<StatColumn> columns, std::vector<double> percentiles)
    : columns_(std::move(columns)), percentiles_(std::move(percentiles)) {
  for (const StatColumn& column : columns_) {
    const bool keeps_samples = column.stats.has(Stat::kUpperPercentile) && !percentiles_.empty();
    window_of_column_.push_back(keeps_samples ? static_cast<int>(window_columns_++) : -1);
  }
}

void SlotStatistics::ensure(Slot slot) {
  if (slot < slots_) return;
  slots_ = slot + std::size_t{1};
  accumulators_.resize(slots_ * columns_.size());
  windows_.resize(slots_ * window_columns_);
}

void SlotStatistics::Accumulator::add(const MetricValue& value, double seconds) {
  sum += value.value * seconds;
  weight += seconds;
  growth += value.growth;
  raw = value.raw;
}

void SlotStatistics::add_sample(Slot slot, std::size_t column, const MetricValue& value) {
  Accumulator& sums = accumulators_[slot * columns_.size() + column];
  sums.lower = sums.samples == 0 ? value.value : std::min(sums.lower, value.value);
  sums.upper = sums.samples == 0 ? value.value : std::max(sums.upper, value.value);
  sums.last = value.value;
  sums.add(value, is_counter(column) ? value.seconds : 1.0);
  ++sums.samples;
  if (window_of_column_[column] >= 0)
    windows_[slot * window_columns_ + static_cast<std::size_t>(window_of_column_[column])].add(value.value);
}

void SlotStatistics::add(Slot slot, std::span<const MetricValue> values) {
  assert(values.size() <= columns_.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i].has_value()) add_sample(slot, i, values[i]);
}

void SlotStatistics::add_last(Slot slot, std::span<const MetricValue> values) {
  assert(values.size() <= columns_.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].has_value()) continue;
    Accumulator& sums = accumulators_[slot * columns_.size() + i];
    if (is_counter(i) && values[i].seconds < kShortestRateSeconds && sums.samples > 0)
      sums.add(values[i], values[i].seconds);
    else
      add_sample(slot, i, values[i]);
  }
}

SlotStatistics::Growth SlotStatistics::growth(Slot slot, std::size_t column) const {
  if (!is_counter(column)) return {};
  const Accumulator& sums = accumulators_[slot * columns_.size() + column];
  return {.sum = sums.sum, .growth = sums.growth, .seconds = sums.weight};
}

void SlotStatistics::credit(Slot slot, std::size_t column, const Growth& growth) {
  Accumulator& sums = accumulators_[slot * columns_.size() + column];
  sums.sum += growth.sum;
  sums.growth += growth.growth;
}

void SlotStatistics::append_points(const StatColumn& column, const Accumulator& sums, SampleWindow* window,
                                   Subject& out) const {
  const auto append = [&](Stat stat, double value, std::uint8_t percentile = 0) {
    const Point point{.metric = column.metric, .stat = stat, .percentile = percentile, .value = value};
    if (column.stats.has(stat))
      out.points.push_back(point);
    else if (column.extras.has(stat))
      out.extras.push_back(point);
  };
  append(Stat::kLast, sums.last);
  append(Stat::kMean, sums.sum / sums.weight);
  append(Stat::kLower, sums.lower);
  append(Stat::kUpper, sums.upper);
  for (std::size_t i = 0; window != nullptr && i < percentiles_.size(); ++i)
    if (const auto value = window->upper(percentiles_[i]))
      append(Stat::kUpperPercentile, *value, static_cast<std::uint8_t>(i));
  if (column.metric->kind == MetricKind::kCounter) {
    append(Stat::kCount, sums.growth);
    append(Stat::kRaw, sums.raw);
  }
}

void SlotStatistics::take(Slot slot, Subject& out) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Accumulator& sums = accumulators_[slot * columns_.size() + i];
    if (sums.samples == 0) continue;
    SampleWindow* window = nullptr;
    if (window_of_column_[i] >= 0)
      window = &windows_[slot * window_columns_ + static_cast<std::size_t>(window_of_column_[i])];
    append_points(columns_[i], sums, window, out);
    if (is_counter(i)) out.measured_s = std::max(out.measured_s, sums.weight);
    sums = Accumulator{};
    if (window != nullptr) window->clear();
  }
}

void SlotStatistics::end_at(Slot slot) {
  if (!is_much_too_large(slots_, slot)) return;
  slots_ = slot;
  accumulators_.resize(slots_ * columns_.size());
  accumulators_.shrink_to_fit();
  windows_.resize(slots_ * window_columns_);
  windows_.shrink_to_fit();
}

void SlotStatistics::clear(Slot slot) {
  Subject untold;
  take(slot, untold);
  for (std::size_t i = 0; i < columns_.size(); ++i) accumulators_[slot * columns_.size() + i] = Accumulator{};
}

}  // namespace squid
