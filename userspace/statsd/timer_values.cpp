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
  if (exact_ && other.exact_ && count() + other.count() <= kMostExact) {
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
    return;
  }
  sketch();
  other.sketch();
  lower_ = std::min(lower_, other.lower_);
  upper_ = std::max(upper_, other.upper_);
  count_ += other.count_;
  for (const auto& [index, bucket] : other.buckets_) {
    Bucket& ours = buckets_[index];
    ours.count += bucket.count;
    ours.sum += bucket.sum;
    ours.sum_squares += bucket.sum_squares;
  }
}

void TimerValues::sketch() {
  if (!exact_ || values_.empty()) return;
  exact_ = false;
  for (const double value : values_) put_into_bucket(value);
  values_ = {};
}

void TimerValues::put_into_bucket(double value) {
  lower_ = count_ == 0 ? value : std::min(lower_, value);
  upper_ = count_ == 0 ? value : std::max(upper_, value);
  ++count_;
  Bucket& bucket = buckets_[bucket_index(value)];
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
  exact_ = true;
  count_ = 0;
  // Room for a few values is kept: the next window brings them. More would add up over many keys.
  constexpr std::size_t kKeptRoom = 64;
  if (values_.capacity() > kKeptRoom) values_ = {};
  values_.clear();
  running_ = {};
  buckets_.clear();
}

double TimerValues::at_rank(std::size_t rank) const {
  if (exact()) return values_[rank - 1];
  if (rank <= 1) return lower_;
  if (rank >= count()) return upper_;
  std::size_t seen = 0;
  for (const auto& [index, bucket] : buckets_) {
    seen += bucket.count;
    if (seen >= rank) return std::clamp(bucket.sum / static_cast<double>(bucket.count), lower_, upper_);
  }
  return upper_;
}

TimerValues::Sums TimerValues::lowest(std::size_t number) const {
  if (number == 0) return {};
  if (exact()) return running_[number - 1];
  Sums sums;
  for (const auto& [index, bucket] : buckets_) {
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
  for (const auto& [index, bucket] : buckets_) {
    if (index >= last) break;
    seen += bucket.count;
  }
  return seen;
}

}  // namespace squid::statsd
