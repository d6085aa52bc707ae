#include "statsd/timer_points.h"

#include <algorithm>
#include <cmath>

namespace squid::statsd {
namespace {

constexpr std::size_t kFieldsOfPercentile = 5;

// Of `count` values; half goes up.
std::size_t number_in(double percentile, std::size_t count) {
  return static_cast<std::size_t>(std::floor(std::fabs(percentile) / 100 * static_cast<double>(count) + 0.5));
}

// The reference does not ask how many a single value is.
std::size_t number_of(const TimerValues& values, double percentile) {
  const std::size_t count = values.count();
  return count == 1 ? 1 : std::min(number_in(percentile, count), count);
}

void tell_percentile(const TimerValues& values, double percentile, std::size_t first, const TellField& tell) {
  const std::optional<double> bound = percentile_bound(values, percentile);
  if (!bound) return;
  const std::size_t count = values.count();
  const std::size_t number = number_of(values, percentile);
  TimerValues::Sums sums = values.lowest(number);
  if (percentile < 0) {
    const TimerValues::Sums all = values.lowest(count);
    const TimerValues::Sums below = values.lowest(count - number);
    sums = {.sum = all.sum - below.sum, .sum_squares = all.sum_squares - below.sum_squares};
  }
  tell(first, static_cast<double>(number));
  tell(first + 1, sums.sum / static_cast<double>(number));
  tell(first + 2, *bound);
  tell(first + 3, sums.sum);
  tell(first + 4, sums.sum_squares);
}

double median(const TimerValues& values) {
  const std::size_t count = values.count();
  const double upper_middle = values.at_rank(count / 2 + 1);
  if (count % 2 == 1) return upper_middle;
  return (values.at_rank(count / 2) + upper_middle) / 2;
}

}  // namespace

std::optional<double> percentile_bound(const TimerValues& values, double percentile) {
  const std::size_t number = number_of(values, percentile);
  if (number == 0) return std::nullopt;
  return values.at_rank(percentile < 0 ? values.count() - number + 1 : number);
}

void tell_timer(const TimerValues& values, double weighted_count, double interval_s,
                const std::vector<double>& percentiles, const Histogram* histogram, const TellField& tell) {
  const std::size_t base = percentiles.size() * kFieldsOfPercentile;
  tell(base + 3, weighted_count);
  tell(base + 4, weighted_count / interval_s);
  const std::size_t count = values.count();
  if (count == 0) return;
  for (std::size_t i = 0; i < percentiles.size(); ++i)
    tell_percentile(values, percentiles[i], i * kFieldsOfPercentile, tell);
  const TimerValues::Sums all = values.lowest(count);
  tell(base, values.deviation());
  tell(base + 1, values.at_rank(count));
  tell(base + 2, values.at_rank(1));
  tell(base + 5, all.sum);
  tell(base + 6, all.sum_squares);
  tell(base + 7, all.sum / static_cast<double>(count));
  tell(base + 8, median(values));
  if (histogram == nullptr) return;
  std::size_t told = 0;
  for (std::size_t i = 0; i < histogram->bins.size(); ++i) {
    const double bound = histogram->bins[i].bound;
    const std::size_t below = std::isinf(bound) ? count : values.below(bound);
    tell(base + 9 + i, static_cast<double>(below - told));
    told = below;
  }
}

void tell_gstatsd_timer(const TimerValues& values, const std::vector<double>& percentiles,
                        const TellField& tell) {
  const std::size_t count = values.count();
  double mean = values.at_rank(1);
  for (std::size_t i = 0; i < percentiles.size(); ++i) {
    const std::size_t number = number_of(values, percentiles[i]);
    // It knows one percentile, and its mean is that of the values below it.
    if (i == 0 && number > 0) mean = values.lowest(number).sum / static_cast<double>(number);
    tell(2 + i, values.at_rank(number == 0 ? count : number));
  }
  tell(0, mean);
  tell(1, values.at_rank(count));
  tell(2 + percentiles.size(), values.at_rank(1));
  tell(3 + percentiles.size(), static_cast<double>(count));
}

}  // namespace squid::statsd
