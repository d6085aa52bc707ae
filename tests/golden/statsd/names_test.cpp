// The lines that carbon gets for one and the same traffic, under each way of naming. Order aside: it is the
// hash map's.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <vector>

#include "sinks/encode/graphite.h"
#include "support/golden.h"
#include "support/statsd_flush.h"

namespace squid::statsd {
namespace {

std::string sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (line.find("processing_time") == std::string::npos) lines.push_back(line + "\n");
  std::sort(lines.begin(), lines.end());
  std::string sorted;
  for (const std::string& line : lines) sorted += line;
  return sorted;
}

// Two flushes: one of traffic, and one where all is idle.
std::string lines_of(const Settings& settings) {
  Window window(settings);
  send(window, settings.dialect,
       {"web.requests:3|c", "web.requests:2|c|@0.5", "web.errors:-1|c", "web.cache/hits:1|c",
        "queue.depth:7|g", "queue.depth:+3|g", "web.time:100|ms", "web.time:200|ms|@0.5", "web.time:300|ms",
        "web.one:12.5|ms"});
  if (settings.dialect == Dialect::kStrict)
    send(window, settings.dialect,
         {"web.users:joe|s", "web.users:jane|s", "web.requests:1|c|#code:200,path:/index",
          "web.time,zone=eu:5|ms"});
  std::string text;
  GraphiteEncoder encoder(*NameTemplate::parse(""), "squid");
  for (const std::int64_t time_s : {1'700'000'010, 1'700'000'020}) {
    Report report;
    report.time_s = time_s;
    report.interval_s = 10;
    report.host = "db1";
    report.subjects.push_back(window.flush({.packets = 14, .lines = 14, .bad_lines = 1}, 10));
    std::string lines;
    EXPECT_EQ(encoder.encode(report, lines).dropped, 0U);
    text += sorted_lines(lines);
  }
  return text;
}

TEST(StatsdNamesGolden, Legacy) {
  Settings settings;
  settings.percentiles = {90, 99.9, -50};
  settings.histograms = {
      {"time",
       {{150, "bin_150"}, {250.5, "bin_250_5"}, {std::numeric_limits<double>::infinity(), "bin_inf"}}}};
  expect_golden(lines_of(settings), "statsd/legacy.txt");
}

TEST(StatsdNamesGolden, New) {
  Settings settings;
  settings.names.style = NameStyle::kNew;
  expect_golden(lines_of(settings), "statsd/new.txt");
}

TEST(StatsdNamesGolden, NewWithAllPrefixes) {
  Settings settings;
  settings.names = {.style = NameStyle::kNew,
                    .prefix = "app",
                    .counter_prefix = "",
                    .timer_prefix = "t",
                    .gauge_prefix = "g",
                    .set_prefix = "s",
                    .own_prefix = "own",
                    .suffix = "eu1",
                    .key_prefix = "shop"};
  settings.delete_counters = settings.delete_timers = settings.delete_gauges = settings.delete_sets = true;
  expect_golden(lines_of(settings), "statsd/prefixes.txt");
}

TEST(StatsdNamesGolden, Gstatsd) {
  Settings settings;
  settings.dialect = Dialect::kGstatsd;
  settings.names.style = NameStyle::kGstatsd;
  settings.percentiles = {99.9};
  settings.delete_counters = settings.delete_timers = settings.delete_gauges = settings.delete_sets = true;
  expect_golden(lines_of(settings), "statsd/gstatsd.txt");
}

}  // namespace
}  // namespace squid::statsd
