#include "pipeline/point_filter.h"

#include <fnmatch.h>

#include <algorithm>

namespace squid {
namespace {

bool matches_any(const std::vector<std::string>& globs, const std::string& text) {
  return std::ranges::any_of(
      globs, [&](const std::string& glob) { return fnmatch(glob.c_str(), text.c_str(), 0) == 0; });
}

}  // namespace

void PointFilter::drop_unwanted(const Report& report, Subject& subject) {
  const bool is_of_a_key = subject.names != nullptr;
  const auto is_unwanted = [&](const Point& point) { return !is_wanted(report, point, !is_of_a_key); };
  std::erase_if(subject.points, is_unwanted);
  std::erase_if(subject.extras, is_unwanted);
}

bool PointFilter::is_wanted(const Report& report, const Point& point, bool is_known_for_long) {
  if (!is_known_for_long) return matches(report, point);
  const unsigned stat = (static_cast<unsigned>(point.stat) << 8U) | point.percentile;
  const auto known = wanted_.find({point.metric, stat});
  if (known != wanted_.end()) return known->second;
  return wanted_.emplace(std::pair(point.metric, stat), matches(report, point)).first->second;
}

bool PointFilter::matches(const Report& report, const Point& point) const {
  const std::string metric(point.metric->name);
  const std::string with_stat = point.stat == Stat::kValue ? metric : metric + "." + report.stat_name(point);
  const auto is_among = [&](const std::vector<std::string>& globs) {
    return matches_any(globs, metric) || matches_any(globs, with_stat);
  };
  return (allow_.empty() || is_among(allow_)) && !is_among(deny_);
}

}  // namespace squid
