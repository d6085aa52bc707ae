// One flush of a statsd window, as tests look at it.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "core/report.h"
#include "statsd/line_parser.h"
#include "statsd/window.h"

namespace squid::statsd {

// Returns how many values were refused.
inline int send(Window& window, Dialect dialect, std::initializer_list<std::string_view> lines) {
  LineParser parser(dialect);
  int refused = 0;
  for (const std::string_view line : lines) {
    parser.begin(line);
    for (auto outcome = parser.next(); outcome != LineParser::Outcome::kEnd; outcome = parser.next())
      refused += outcome != LineParser::Outcome::kValue || !window.add(parser.value());
  }
  return refused;
}

// {name: value}, without what depends on the clock.
inline std::map<std::string, double> values_of(const Subject& subject) {
  std::map<std::string, double> values;
  for (const Point& point : subject.points)
    if (point.metric->name.find("processing_time") == std::string_view::npos)
      values[std::string(point.metric->name)] = point.value;
  return values;
}

}  // namespace squid::statsd
