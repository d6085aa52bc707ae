#include "aggregate/aggregator.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace squid {
namespace {

bool is_told(const Subject& subject) {
  return subject.container->selected && !(subject.points.empty() && subject.extras.empty());
}

}  // namespace

Aggregator::Aggregator(std::vector<Column> columns, std::vector<double> percentiles,
                       std::vector<DetailSource*> details)
    : columns_(std::move(columns)), percentiles_(std::move(percentiles)), details_(std::move(details)) {
  for (const Column& column : columns_) {
    const bool keeps_samples = column.stats.has(Stat::kUpperPercentile) && !percentiles_.empty();
    window_of_column_.push_back(keeps_samples ? static_cast<int>(window_columns_++) : -1);
  }
}

void Aggregator::ensure(CgroupRoster::Slot slot) {
  if (slot < containers_.size()) return;
  const std::size_t slots = slot + std::size_t{1};
  containers_.resize(slots);
  accumulators_.resize(slots * columns_.size());
  windows_.resize(slots * window_columns_);
}

void Aggregator::add(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container,
                     std::span<const MetricValue> values) {
  assert(values.size() <= columns_.size());
  ensure(slot);
  if (containers_[slot] != container) containers_[slot] = container;

  Accumulator* sums = &accumulators_[slot * columns_.size()];
  for (std::size_t i = 0; i < values.size(); ++i) {
    const MetricValue& value = values[i];
    if (!value.has_value()) continue;
    Accumulator& sum = sums[i];
    const double weight = columns_[i].metric->kind == MetricKind::kCounter ? value.seconds : 1.0;
    sum.lower = sum.samples == 0 ? value.value : std::min(sum.lower, value.value);
    sum.upper = sum.samples == 0 ? value.value : std::max(sum.upper, value.value);
    sum.last = value.value;
    sum.sum += value.value * weight;
    sum.weight += weight;
    sum.growth += value.growth;
    sum.raw = value.raw;
    ++sum.samples;
    if (window_of_column_[i] >= 0)
      windows_[slot * window_columns_ + static_cast<std::size_t>(window_of_column_[i])].add(value.value);
  }
}

void Aggregator::append_points(const Column& column, const Accumulator& sums, SampleWindow* window,
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

void Aggregator::rename(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container) {
  if (slot < containers_.size() && containers_[slot]) containers_[slot] = container;
}

Subject Aggregator::take(CgroupRoster::Slot slot) {
  Subject subject{.container = containers_[slot], .points = {}};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Accumulator& sums = accumulators_[slot * columns_.size() + i];
    if (sums.samples == 0) continue;
    SampleWindow* window = nullptr;
    if (window_of_column_[i] >= 0)
      window = &windows_[slot * window_columns_ + static_cast<std::size_t>(window_of_column_[i])];
    append_points(columns_[i], sums, window, subject);
    sums = Accumulator{};
    if (window != nullptr) window->clear();
  }
  for (DetailSource* details : details_) details->append_points(slot, subject.points);
  return subject;
}

void Aggregator::depart(CgroupRoster::Slot slot) {
  if (slot >= containers_.size() || !containers_[slot]) return;
  Subject subject = take(slot);
  if (is_told(subject)) departed_.push_back(std::move(subject));
  containers_[slot].reset();
}

std::vector<Subject> Aggregator::flush() {
  std::vector<Subject> subjects = std::exchange(departed_, {});
  for (CgroupRoster::Slot slot = 0; slot < containers_.size(); ++slot) {
    if (!containers_[slot]) continue;
    Subject subject = take(slot);
    if (is_told(subject)) subjects.push_back(std::move(subject));
  }
  return subjects;
}

}  // namespace squid
