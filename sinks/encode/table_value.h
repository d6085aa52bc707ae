// table_value(): one statistic of a subject, for encoders that look for what they need instead of writing
// all there is.
#pragma once

#include <optional>
#include <string_view>

#include "core/report.h"

namespace squid {

// A metric of the table; a name that is not there does not compile.
consteval const MetricInfo* table_metric(std::string_view name) {
  for (const MetricRow& row : kMetricTable)
    if (row.info.name == name) return &row.info;
  throw "no metric has this name";
}

inline std::optional<double> table_value(const Subject& subject, const MetricInfo* metric, Stat stat) {
  for (const auto* points : {&subject.points, &subject.extras})
    for (const Point& point : *points)
      if (point.metric == metric && point.stat == stat) return point.value;
  return std::nullopt;
}

}  // namespace squid
