#include "sinks/encode/redis_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "sinks/encode/point_labels.h"
#include "sinks/encode/resp_writer.h"

namespace squid {

std::string RedisStreamEncoder::next_id() {
  return fmt::format("{}-{}", time_ms_, number_++);
}

EncodeTally RedisStreamEncoder::encode(const Report& report, std::string& out) {
  PointLabels labels([stats = StatNames(report)](const Point& point) {
    std::string label(point.metric->name);
    if (point.stat != Stat::kValue) label.append(".").append(stats(point));
    return label;
  });
  const auto time_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(report.time_s, 0)) * 1000;
  if (time_ms > time_ms_) {
    time_ms_ = time_ms;
    number_ = std::exchange(first_number_, 0);
  }
  static const Container squid_itself;
  EncodeTally tally;
  RespWriter writer(out);
  std::vector<const Point*> points;
  for (const Subject& subject : report.subjects) {
    const Container& container = subject.container ? *subject.container : squid_itself;
    const HostFacts& facts = report.host_facts(subject.host.get());
    // The report's is in the name of the stream.
    const bool has_own_host = subject.host && !subject.host->name.empty();
    points.clear();
    for (const Point& point : subject.points)
      if (std::isfinite(point.value)) points.push_back(&point);
    tally.dropped += subject.points.size() - points.size();
    for (std::size_t first = 0; first < points.size(); first += kEntryPoints) {
      const std::size_t count = std::min(kEntryPoints, points.size() - first);
      writer.command((container.is_group() ? 14 : 12) + 2 * (has_own_host + facts.size() + count));
      for (const std::string_view text : {"XADD", key_.c_str(), "MAXLEN", "~"}) writer.text(text);
      writer.whole(entries_);
      writer.text(next_id());
      writer.text("time");
      writer.text(fmt::format_int(report.time_s).c_str());
      if (has_own_host) {
        writer.text("host");
        writer.text(subject.host->name);
      }
      for (const auto& [name, value] : facts) {
        writer.text(name);
        writer.text(value);
      }
      if (container.is_group()) {
        writer.text("group");
        writer.text(group_kind_name(container.group));
      }
      writer.text(container.is_group() ? "name" : "container");
      writer.text(container.name);
      writer.text("id");
      writer.text(container.id);
      for (std::size_t i = first; i < first + count; ++i) {
        writer.text(labels.at(i, *points[i]));
        writer.number(points[i]->value);
      }
      tally.encoded += count;
    }
  }
  return tally;
}

}  // namespace squid
