// for_each_graphite_point: which points of a report go to carbon, and under which names, whatever the
// protocol.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/report.h"
#include "sinks/encode/escape.h"
#include "sinks/encode/number.h"
#include "sinks/encode/point_labels.h"
#include "sinks/encode/series_name.h"
#include "sinks/encode/stat_names.h"
#include "sinks/encode/successions.h"

namespace squid {

// carbon closes the connection at a longer line, newline included. Nothing longer goes by pickle either: a
// relay may pass it on as a line.
inline constexpr std::size_t kGraphiteLineBytes = 16383;

// In the parts that stay the same from point to point; the name is all of them in a row.
struct GraphiteName {
  std::string_view head;
  std::string_view metric = "";
  std::string_view tail = "";

  std::size_t size() const { return head.size() + metric.size() + tail.size(); }
};

// Calls write(name, value) for each point that carbon takes, and counts the others. Values are finite.
template <typename Write>
EncodeTally for_each_graphite_point(SeriesNamer& namer, const Report& report, Write write) {
  PointLabels labels([stats = StatNames(report)](const Point& point) {
    std::string text;
    append_path(text, point.metric->name);
    return text.append(".").append(stats(point));
  });
  constexpr std::size_t kSeparators = std::string_view("  \n").size();
  const std::size_t longest_name =
      kGraphiteLineBytes - kSeparators - kNumberLength - std::to_string(report.time_s).size();
  EncodeTally tally;
  namer.begin(report);
  const Successions successions(namer, report);
  for (const Subject& subject : report.subjects) {
    if (successions.is_told_by_another(subject)) continue;
    const std::vector<Point>& points = successions.points_of(subject);
    const bool is_whole = subject.names != nullptr;
    const NameFrame frame = is_whole ? NameFrame() : namer.frame(subject);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const Point& point = points[i];
      const GraphiteName name = is_whole ? GraphiteName{.head = point.metric->name}
                                         : GraphiteName{frame.head, labels.at(i, point), frame.tail};
      if (!std::isfinite(point.value) || name.size() > longest_name ||
          (is_whole && !is_whole_name(name.head))) {
        ++tally.dropped;
        continue;
      }
      write(name, point.value);
      ++tally.encoded;
    }
  }
  tally.told_apart = namer.told_apart();
  tally.told_apart_example = namer.told_apart_example();
  return tally;
}

}  // namespace squid
