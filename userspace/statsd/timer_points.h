// What is told of one timer's values, by the definitions of statsd/statsd or of gstatsd.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "statsd/settings.h"
#include "statsd/timer_values.h"

namespace squid::statsd {

// Called with the position of a field (SeriesNames::timer_fields(), then the bins) and its value.
using TellField = std::function<void(std::size_t field, double value)>;

// `values` are sorted; `weighted_count` is the sum of 1/rate. Percentiles of which not even one value is left
// are not told. Without values only the count and the count per second are.
void tell_timer(const TimerValues& values, double weighted_count, double interval_s,
                const std::vector<double>& percentiles, const Histogram* histogram, const TellField& tell);

// The highest of the lowest values, or with a percentile below zero the lowest of the highest; nothing where
// not even one value is left.
std::optional<double> percentile_bound(const TimerValues& values, double percentile);

// gstatsd: mean (of the lowest), upper, upper_N of each percentile, lower, count. There are values.
void tell_gstatsd_timer(const TimerValues& values, const std::vector<double>& percentiles,
                        const TellField& tell);

}  // namespace squid::statsd
