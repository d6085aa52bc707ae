#include "core/merged_points.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace squid {
namespace {

bool is_of_one_series(const Point& left, const Point& right) {
  return left.metric == right.metric && left.stat == right.stat && left.percentile == right.percentile;
}

double merged(Stat stat, double before, double before_s, double now, double now_s) {
  if (!std::isfinite(now)) return before;
  if (!std::isfinite(before)) return now;
  switch (stat) {
    case Stat::kMean:
      return before_s + now_s > 0 ? (before * before_s + now * now_s) / (before_s + now_s) : now;
    case Stat::kLower:
      return std::min(before, now);
    case Stat::kUpper:
    case Stat::kUpperPercentile:
      return std::max(before, now);
    case Stat::kCount:
      return before + now;
    default:
      return now;
  }
}

}  // namespace

void MergedPoints::add(const std::vector<Point>& points, double seconds) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    // Mostly where it was the time before.
    std::size_t at = i;
    if (at >= points_.size() || !is_of_one_series(points_[at], point))
      at = static_cast<std::size_t>(
          std::ranges::find_if(points_, [&](const Point& p) { return is_of_one_series(p, point); }) -
          points_.begin());
    if (at == points_.size()) {
      points_.push_back(point);
      seconds_.push_back(seconds);
      continue;
    }
    Point& sum = points_[at];
    sum.value = merged(point.stat, sum.value, seconds_[at], point.value, seconds);
    seconds_[at] += seconds;
  }
}

}  // namespace squid
