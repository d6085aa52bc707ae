// PointFilter: which points of a report are wanted, by globs of metrics with or without their statistic:
// cpu.*, memory.usage.last.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/report.h"

namespace squid {

class PointFilter {
 public:
  // Without `allow` all are allowed; `deny` wins.
  PointFilter(std::vector<std::string> allow, std::vector<std::string> deny)
      : allow_(std::move(allow)), deny_(std::move(deny)) {}
  PointFilter() = default;

  bool wants_all() const { return allow_.empty() && deny_.empty(); }
  // Extras included.
  void drop_unwanted(const Report& report, Subject& subject);

 private:
  bool is_wanted(const Report& report, const Point& point, bool is_known_for_long);
  bool matches(const Report& report, const Point& point) const;

  std::vector<std::string> allow_;
  std::vector<std::string> deny_;
  // Of metrics that stay where they are. By pointer and statistic.
  boost::unordered_flat_map<std::pair<const MetricInfo*, unsigned>, bool> wanted_;
};

}  // namespace squid
