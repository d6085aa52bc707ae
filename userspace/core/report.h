// Report: one flush. Immutable and shared by all sinks. It holds numbers and who they belong to, no formatted
// text: every sink writes names its own way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/container.h"
#include "core/metric_table.h"
#include "core/stat.h"

namespace squid {

struct Point {
  const MetricInfo* metric;
  Stat stat;
  std::uint8_t percentile = 0;  // position in Report::percentiles, for Stat::kUpperPercentile
  double value;
};

// All points of one container, or of squid-bpf itself where `container` is null.
struct Subject {
  std::shared_ptr<const Container> container;
  std::vector<Point> points;
};

struct Report {
  std::int64_t time_s = 0;  // Unix time of the flush
  double interval_s = 0;    // what it covers
  std::string host;
  std::vector<double> percentiles;
  std::vector<Subject> subjects;

  // "mean", "upper", "upper_90", "upper_99_9".
  std::string stat_name(const Point& point) const;
  // Unit of the point's value: a count has the unit of what is counted, not that of its rate.
  static std::string_view unit(const Point& point);
};

// 90 -> "upper_90", 99.9 -> "upper_99_9".
std::string percentile_name(double percentile);

}  // namespace squid
