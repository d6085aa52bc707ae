#include "sinks/encode/graphite.h"

#include <cmath>

#include "sinks/encode/escape.h"
#include "sinks/encode/point_labels.h"

namespace squid {

void GraphiteEncoder::encode_whole_names(const Subject& subject, std::string_view line_end,
                                         TextWriter& writer, EncodeTally& tally) {
  for (const Point& point : subject.points) {
    const std::string_view name = point.metric->name;
    if (!std::isfinite(point.value) || !is_whole_name(name) ||
        name.size() + 1 + kNumberLength + line_end.size() > kGraphiteLineBytes) {
      ++tally.dropped;
      continue;
    }
    writer.put(name);
    writer.put(" ");
    writer.put_number(point.value);
    writer.put(line_end);
    ++tally.encoded;
  }
}

EncodeTally GraphiteEncoder::encode(const Report& report, std::string& out) {
  PointLabels labels([stats = StatNames(report)](const Point& point) {
    std::string text;
    append_path(text, point.metric->name);
    return text.append(".").append(stats(point));
  });
  const std::string line_end = ' ' + std::to_string(report.time_s) + '\n';
  namer_.begin(report);

  EncodeTally tally;
  TextWriter writer(out);
  for (const Subject& subject : report.subjects) {
    if (subject.names) {
      encode_whole_names(subject, line_end, writer, tally);
      continue;
    }
    NameFrame frame = namer_.frame(subject);
    frame.tail += ' ';
    const std::size_t around = frame.head.size() + frame.tail.size() + kNumberLength + line_end.size();
    for (std::size_t i = 0; i < subject.points.size(); ++i) {
      const Point& point = subject.points[i];
      const std::string& label = labels.at(i, point);
      if (!std::isfinite(point.value) || around + label.size() > kGraphiteLineBytes) {
        ++tally.dropped;
        continue;
      }
      writer.put(frame.head);
      writer.put(label);
      writer.put(frame.tail);
      writer.put_number(point.value);
      writer.put(line_end);
      ++tally.encoded;
    }
  }
  tally.told_apart = namer_.told_apart();
  tally.told_apart_example = namer_.told_apart_example();
  return tally;
}

}  // namespace squid
