#include "statsd/timer_values.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace squid::statsd {
namespace {

const double kLogGrowth = std::log(1.005 / 0.995);
// Beyond the index of any double, so that negative values sort below zero, which has index 0.
constexpr int kIndexOffset = 80000;

int bucket_index(double value) {
  if (value == 0) return 0;
  const int magnitude = static_cast<int>(std::ceil(std::log(std::fabs(value)) / kLogGrowth)) + kIndexOffset;
  return value > 0 ? magnitude : -magnitude;
}

}  // namespace

std::ptrdiff_t TimerValues::sketch_all() {
  const auto kept = static_cast<std::ptrdiff_t>(values_.size()) - 1;
  sketch();
  return -kept;
}

void TimerValues::merge(TimerValues& other) {
  if (other.count() == 0) return;
  if (count() == 0) return std::swap(*this, other);
  if (exact() && other.exact() && count() + other.count() <= kMostExact) {
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
    return;
  }
  sketch();
  other.sketch();
  sketch_->lower = std::min(sketch_->lower, other.sketch_->lower);
  sketch_->upper = std::max(sketch_->upper, other.sketch_->upper);
  sketch_->count += other.sketch_->count;
  for (const auto& [index, bucket] : other.sketch_->buckets) {
    Bucket& ours = sketch_->buckets[index];
    ours.count += bucket.count;
    ours.sum += bucket.sum;
    ours.sum_squares += bucket.sum_squares;
  }
}

void TimerValues::sketch() {
  if (!exact() || values_.empty()) return;
  sketch_ = std::make_unique<Sketch>();
  for (const double value : values_) sketch_->add(value);
  values_ = {};
}

void TimerValues::Sketch::add(double value) {
  lower = count == 0 ? value : std::min(lower, value);
  upper = count == 0 ? value : std::max(upper, value);
  ++count;
  Bucket& bucket = buckets[bucket_index(value)];
  ++bucket.count;
  bucket.sum += value;
  bucket.sum_squares += value * value;
}

void TimerValues::sort() {
  std::sort(values_.begin(), values_.end());
  running_.clear();
  Sums sums;
  for (const double value : values_) {
    sums.sum += value;
    sums.sum_squares += value * value;
    running_.push_back(sums);
  }
}

void TimerValues::clear() {
  sketch_.reset();
  // Room for a few values is kept: the next window brings them. More would add up over many keys.
  constexpr std::size_t kKeptRoom = 64;
  if (values_.capacity() > kKeptRoom) values_ = {};
  values_.clear();
  running_ = {};
}

double TimerValues::at_rank(std::size_t rank) const {
  if (exact()) return values_[rank - 1];
  const auto& [buckets, number, lower, upper] = *sketch_;
  if (rank <= 1) return lower;
  if (rank >= number) return upper;
  std::size_t seen = 0;
  for (const auto& [index, bucket] : buckets) {
    seen += bucket.count;
    if (seen >= rank) return std::clamp(bucket.sum / static_cast<double>(bucket.count), lower, upper);
  }
  return upper;
}

TimerValues::Sums TimerValues::lowest(std::size_t number) const {
  if (number == 0) return {};
  if (exact()) return running_[number - 1];
  Sums sums;
  for (const auto& [index, bucket] : sketch_->buckets) {
    const double share =
        static_cast<double>(std::min(bucket.count, number)) / static_cast<double>(bucket.count);
    sums.sum += bucket.sum * share;
    sums.sum_squares += bucket.sum_squares * share;
    if (bucket.count >= number) break;
    number -= bucket.count;
  }
  return sums;
}

double TimerValues::deviation() const {
  const auto values = static_cast<double>(count());
  const Sums all = lowest(count());
  const double mean = all.sum / values;
  if (!exact()) return std::sqrt(std::max(0.0, all.sum_squares / values - mean * mean));
  double differences = 0;
  for (const double value : values_) differences += (value - mean) * (value - mean);
  return std::sqrt(differences / values);
}

std::size_t TimerValues::below(double bound) const {
  if (exact())
    return static_cast<std::size_t>(std::lower_bound(values_.begin(), values_.end(), bound) -
                                    values_.begin());
  std::size_t seen = 0;
  const int last = bucket_index(bound);
  for (const auto& [index, bucket] : sketch_->buckets) {
    if (index >= last) break;
    seen += bucket.count;
  }
  return seen;
}

}  // namespace squid::statsd
