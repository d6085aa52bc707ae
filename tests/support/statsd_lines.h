// What a line of statsd says, in a few words, for tables of lines:
//   "a c 1", "a c 1 @0.1", "a g ~-5" (relative), "a ms 12", "a s member", "!rate", "event title/text"
// with ", " between several outcomes.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>

#include "statsd/line_parser.h"

namespace squid::statsd {

inline std::string describe(const Value& value) {
  constexpr std::string_view kTypes[kMetricTypes] = {"c", "g", "ms", "s"};
  std::string text = fmt::format("{} {} ", value.key, kTypes[static_cast<std::size_t>(value.type)]);
  if (value.type == MetricType::kSet) return text.append(value.member);
  text += fmt::format("{}{}", value.relative ? "~" : "", value.number);
  if (value.rate != 1) text += fmt::format(" @{}", value.rate);
  return text;
}

inline std::string describe(const Announcement& told) {
  const bool event = told.kind == Announcement::Kind::kEvent;
  return fmt::format("{} {}/{}", event ? "event" : "check", told.title, told.text);
}

inline std::string read_line(Dialect dialect, std::string_view line) {
  using Outcome = LineParser::Outcome;
  LineParser parser(dialect);
  parser.begin(line);
  std::string text;
  for (Outcome outcome = parser.next(); outcome != Outcome::kEnd; outcome = parser.next()) {
    if (!text.empty()) text += ", ";
    if (outcome == Outcome::kValue) text += describe(parser.value());
    if (outcome == Outcome::kBad) text.append("!").append(bad_line_name(parser.bad()));
    if (outcome == Outcome::kAnnouncement) text += describe(parser.announcement());
  }
  return text;
}

struct LineCase {
  std::string_view line;
  std::string_view expected;
};

inline void expect_lines(Dialect dialect, std::span<const LineCase> cases) {
  for (const LineCase& one : cases) EXPECT_EQ(read_line(dialect, one.line), one.expected) << one.line;
}

}  // namespace squid::statsd
