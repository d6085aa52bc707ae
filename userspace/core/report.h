// Report: one flush. Immutable and shared by all sinks. It holds numbers and who they belong to, no formatted
// text: every sink writes names its own way.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
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

// What a report is told about the host beside its name, {"datacenter", "fra1"}, sorted.
using HostFacts = std::vector<std::pair<std::string, std::string>>;
inline constexpr auto kHostFacts =
    std::to_array<std::string_view>({"datacenter", "region", "zone", "cluster", "ipv4", "ipv6"});
// Empty where it is not told.
std::string_view find_fact(const HostFacts& facts, std::string_view name);
// All of `facts`, and those of `others` that they do not tell.
HostFacts merge_facts(const HostFacts& facts, const HostFacts& others);

// The host as one source of numbers tells of it.
struct HostIdentity {
  std::string name;  // empty: the report's
  HostFacts facts;   // all there are; none: the report's
};

// All points of one container; of squid-bpf itself where `container` is null and there are no `names`; else
// of what statsd clients sent.
struct Subject {
  std::shared_ptr<const Container> container;
  std::vector<Point> points;
  // Of metrics that are in no table: keeps their MetricInfo alive. Their names are whole, neither prefix nor
  // host belongs in front of them. Every point is a Stat::kValue.
  std::shared_ptr<const void> names = nullptr;
  // What some sink needs (Sink::needs) beyond what ships. Other sinks leave it alone.
  std::vector<Point> extras = {};
  // Of the report's interval. 0: not known, for it has no counters.
  double measured_s = 0;
  // Instead of the sink's own; null: the sink's.
  std::shared_ptr<const std::string> prefix = nullptr;
  // Instead of what the report tells; null: that.
  std::shared_ptr<const HostIdentity> host = nullptr;
  // Of a container: the pass that found its begin and its end, by a steady clock; 0: not in this window.
  std::uint64_t began_ns = 0;
  std::uint64_t ended_ns = 0;
};

enum class EventKind : std::uint8_t { kStart, kExit, kOomKill };
constexpr std::string_view event_name(EventKind kind) {
  switch (kind) {
    case EventKind::kStart:
      return "start";
    case EventKind::kExit:
      return "exit";
    case EventKind::kOomKill:
      return "oom_kill";
  }
  return "";
}

// Something that happened to a container, once.
struct Event {
  EventKind kind;
  std::int64_t time_s = 0;  // Unix time
  std::shared_ptr<const Container> container;
  // Of an OOM kill: who was killed, and the limit that was reached, 0 without one.
  std::string process;
  std::uint32_t pid = 0;
  std::uint64_t limit_bytes = 0;
  std::shared_ptr<const HostIdentity> host = nullptr;  // as of a subject
};

struct Report {
  std::int64_t time_s = 0;  // Unix time of the flush
  double interval_s = 0;    // what it covers
  std::string host;
  HostFacts facts;
  std::vector<double> percentiles;
  std::vector<Subject> subjects;
  std::vector<Event> events;  // in the order in which they were noticed
  bool is_last = false;       // the process ends

  // As a subject or an event has it, null included.
  const std::string& host_name(const HostIdentity* own) const;
  const HostFacts& host_facts(const HostIdentity* own) const;

  // "mean", "upper", "upper_90", "upper_99_9".
  std::string stat_name(const Point& point) const;
  // Unit of the point's value: a count has the unit of what is counted, not that of its rate.
  static std::string_view unit(const Point& point);
};

// 90 -> "upper_90", 99.9 -> "upper_99_9".
std::string percentile_name(double percentile);

}  // namespace squid
