// StatNames: the stats of one report as text, made once per report instead of once per point.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/report.h"

namespace squid {

class StatNames {
 public:
  explicit StatNames(const Report& report) {
    percentiles_.reserve(report.percentiles.size());
    for (const double percentile : report.percentiles) percentiles_.push_back(percentile_name(percentile));
  }
  std::string_view operator()(const Point& point) const {
    if (point.stat == Stat::kUpperPercentile) return percentiles_[point.percentile];
    return stat_name(point.stat);
  }

 private:
  std::vector<std::string> percentiles_;
};

// What an encoder did with the points of a report.
struct EncodeTally {
  std::uint64_t encoded = 0;
  std::uint64_t dropped = 0;  // cannot be said in this format: not finite, or too long
  // Containers with the name of another one, and what the last of them is called instead.
  std::uint64_t told_apart = 0;
  std::string told_apart_example;
};

}  // namespace squid
