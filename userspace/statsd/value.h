// What one line of statsd says: values, each with its key and type, or the reason why a part of it is
// refused.
#pragma once

#include <cstdint>
#include <string_view>

namespace squid::statsd {

// Whose rules a line is read by.
enum class Dialect : std::uint8_t {
  kStrict,     // every extension, and nothing that is not clearly a number, a rate or a tag
  kReference,  // what statsd/statsd does with a line, its crashes and infinities aside
  kGstatsd,    // what gstatsd does with a line
};

// Histograms (h) and distributions (d) are timers.
enum class MetricType : std::uint8_t { kCounter, kGauge, kTimer, kSet };
inline constexpr std::size_t kMetricTypes = 4;

enum class BadLine : std::uint8_t {
  kNoValue,
  kNoType,
  kUnknownType,
  kBadNumber,
  kBadRate,
  kBadName,
  kBadTags,
  kBadTimestamp,
  kTooLong,
  kBadEvent,
  kCutOff,
};
inline constexpr std::size_t kBadLineReasons = 11;

constexpr std::string_view bad_line_name(BadLine reason) {
  constexpr std::string_view kNames[kBadLineReasons] = {"no_value", "no_type", "unknown_type", "number",
                                                        "rate",     "name",    "tags",         "timestamp",
                                                        "too_long", "event",   "cut_off"};
  return kNames[static_cast<std::size_t>(reason)];
}

// Who the sender says it is. Anybody can say anything here.
struct Claim {
  std::string_view container_id;
  std::uint64_t cgroup_inode = 0;
  std::string_view container_name;
  std::string_view pod_uid;
};

struct Value {
  // Clean, with its tags in graphite's form: "requests;code=200;path=-index".
  std::string_view key;
  MetricType type = MetricType::kCounter;
  double number = 0;        // of a set: nothing
  double rate = 1;          // above 0, at most 1 unless the reference lets more pass
  bool relative = false;    // a gauge's number is to be added to what it is
  std::string_view member;  // of a set
};

// Longer ones are refused. Tags count.
inline constexpr std::size_t kLongestKey = 1024;

}  // namespace squid::statsd
