#include "statsd/window.h"

#include <gtest/gtest.h>

#include "support/statsd_flush.h"

namespace squid::statsd {
namespace {

using Values = std::map<std::string, double>;

// Without what the server says about itself.
Values flush(Window& window, double interval_s = 10) {
  Values values = values_of(window.flush({}, interval_s));
  std::erase_if(values, [](const auto& entry) { return entry.first.find("statsd.") != std::string::npos; });
  return values;
}

Values flush_of(std::initializer_list<std::string_view> lines, const Settings& settings = {}) {
  Window window(settings);
  EXPECT_EQ(send(window, settings.dialect, lines), 0);
  return flush(window);
}

Settings keep_nothing_idle() {
  Settings settings;
  settings.delete_counters = settings.delete_timers = settings.delete_gauges = settings.delete_sets = true;
  return settings;
}

TEST(Window, CountersAreARateAndACount) {
  EXPECT_EQ(flush_of({"a:1|c", "a:2|c", "b:-5|c", "c:1|c|@0.1"}), (Values{{"stats.a", 0.3},
                                                                          {"stats_counts.a", 3},
                                                                          {"stats.b", -0.5},
                                                                          {"stats_counts.b", -5},
                                                                          {"stats.c", 1},
                                                                          {"stats_counts.c", 10}}));
  Settings rates_only;
  rates_only.ship_counts = false;
  EXPECT_EQ(flush_of({"a:1|c"}, rates_only), (Values{{"stats.a", 0.1}}));
}

TEST(Window, GaugesAreSetAndMoved) {
  EXPECT_EQ(flush_of({"a:7|g", "a:+2|g", "a:-4|g", "b:-3|g", "c:5|g", "c:0|g", "c:-1|g"}),
            (Values{{"stats.gauges.a", 5}, {"stats.gauges.b", -3}, {"stats.gauges.c", -1}}));
}

// As the reference rounds: 0.1 + 0.2 + 0.3 is not 0.1 + 0.5.
TEST(Window, MovesOfAGaugeAreAddedOneByOne) {
  Window window{Settings{}};
  send(window, Dialect::kStrict, {"a:0.1|g"});
  flush(window);
  send(window, Dialect::kStrict, {"a:+0.2|g", "a:+0.3|g"});
  EXPECT_EQ(flush(window), (Values{{"stats.gauges.a", 0.1 + 0.2 + 0.3}}));
}

TEST(Window, SetsCountTheirMembers) {
  EXPECT_EQ(flush_of({"a:joe|s", "a:jane|s", "a:joe|s"}), (Values{{"stats.sets.a.count", 2}}));
}

// Each of them knows where the gauge stood when it was taken over last.
TEST(Window, AGaugeMayBeMovedBySeveralShards) {
  Window window{Settings{}};
  Shard one{Settings{}};
  Shard two{Settings{}};
  const auto take_over = [&window](Shard& shard) {
    window.absorb(shard.accounts().at(0).tally, nullptr);
    shard.begin_anew();
  };
  one.take("a:10|g");
  two.take("a:+5|g\na:-1|g");
  take_over(one);
  take_over(two);
  EXPECT_EQ(flush(window), (Values{{"stats.gauges.a", 14}}));
  one.take("a:-2|g");
  two.take("a:+1|g");
  take_over(one);
  take_over(two);
  EXPECT_EQ(flush(window), (Values{{"stats.gauges.a", 13}}));
  one.take("b:1|c");
  two.take("a:+1|g");
  take_over(one);
  take_over(two);
  one.take("a:+1|g");
  take_over(one);
  EXPECT_EQ(flush(window).at("stats.gauges.a"), 15);
}

TEST(Window, OneKeyMayBeOfSeveralTypes) {
  EXPECT_EQ(
      flush_of({"a:1|c", "a:2|g", "a:m|s"}),
      (Values{{"stats.a", 0.1}, {"stats_counts.a", 1}, {"stats.gauges.a", 2}, {"stats.sets.a.count", 1}}));
}

TEST(Window, WhatIsIdleGoesOnWithZeros) {
  Window window{Settings{}};
  send(window, Dialect::kStrict, {"a:1|c", "b:5|g", "c:7|ms", "d:m|s"});
  flush(window);
  EXPECT_EQ(flush(window), (Values{{"stats.a", 0},
                                   {"stats_counts.a", 0},
                                   {"stats.gauges.b", 5},
                                   {"stats.timers.c.count", 0},
                                   {"stats.timers.c.count_ps", 0},
                                   {"stats.sets.d.count", 0}}));
}

TEST(Window, WhatIsIdleIsForgottenIfAskedTo) {
  Settings settings = keep_nothing_idle();
  settings.gauge_ttl = 2;
  Window window(settings);
  send(window, Dialect::kStrict, {"a:1|c", "b:5|g", "c:7|ms", "d:m|s"});
  flush(window);
  EXPECT_EQ(flush(window), (Values{{"stats.gauges.b", 5}}));
  EXPECT_EQ(flush(window), Values{});
  send(window, Dialect::kStrict, {"a:1|c"});
  EXPECT_EQ(flush(window), (Values{{"stats.a", 0.1}, {"stats_counts.a", 1}}));
}

TEST(Window, CountsItsOwnSeries) {
  Window window(keep_nothing_idle());
  send(window, Dialect::kStrict, {"a:1|c", "b:5|g", "c:7|ms", "d:m|s"});
  const Values first = values_of(window.flush({.packets = 2, .lines = 4, .bad_lines = 1}, 10));
  EXPECT_EQ(first.at("statsd.numStats"), 7);
  EXPECT_EQ(first.at("stats_counts.statsd.packets_received"), 2);
  EXPECT_EQ(first.at("stats.statsd.metrics_received"), 0.4);
  EXPECT_EQ(first.at("stats.statsd.bad_lines_seen"), 0.1);
  const Values idle = values_of(window.flush({}, 12));
  EXPECT_EQ(idle.at("statsd.numStats"), 4);
  EXPECT_EQ(idle.at("stats_counts.statsd.packets_received"), 0);
  EXPECT_EQ(idle.at("stats.gauges.statsd.timestamp_lag"), 2);
}

TEST(Window, ItsOwnPrefixMayBeEmpty) {
  Settings settings;
  settings.names.own_prefix = "";
  Window window(settings);
  const Values values = values_of(window.flush({.packets = 2}, 10));
  EXPECT_EQ(values.at("numStats"), 3);
  EXPECT_EQ(values.at("stats_counts.packets_received"), 2);
}

TEST(Window, RefusesKeysBeyondTheLimitAndNothingElse) {
  Settings settings;
  settings.most_keys = 2;
  Window window(settings);
  EXPECT_EQ(send(window, Dialect::kStrict, {"a:1|c", "b:1|g", "c:1|c", "d:1|ms", "e:1|s", "f:1|g"}, 2), 4);
  EXPECT_EQ(send(window, Dialect::kStrict, {"a:1|c", "c:1|c", "c:1|c", "b:2|g"}), 2)
      << "that a shard had room for";
  EXPECT_EQ(flush(window), (Values{{"stats.a", 0.2}, {"stats_counts.a", 2}, {"stats.gauges.b", 2}}));
}

TEST(Window, NoSumBecomesInfinite) {
  Window window{Settings{}};
  EXPECT_EQ(send(window, Dialect::kStrict, {"a:1e308|c", "a:1e308|c", "b:1e308|c|@0.01"}), 2);
  EXPECT_EQ(send(window, Dialect::kStrict, {"g:1e308|g", "g:+1e308|g"}), 1);
  EXPECT_EQ(flush(window),
            (Values{{"stats.a", 1e307}, {"stats_counts.a", 1e308}, {"stats.gauges.g", 1e308}}));
}

TEST(Window, TellsWhatIsOnlySketched) {
  Window window{Settings{}};
  Shard shard{Settings{}};
  for (std::size_t i = 0; i <= TimerValues::kMostExact; ++i) shard.take("a:10:20:30|ms");
  EXPECT_EQ(window.absorb(shard.accounts().at(0).tally, nullptr).refused, 0U);
  EXPECT_EQ(window.sketches(), 1U);
  const Values values = flush(window);
  EXPECT_NEAR(values.at("stats.timers.a.median"), 20, 0.2);
  EXPECT_EQ(window.sketches(), 0U);
}

TEST(Window, NamesOutliveTheKey) {
  Window window(keep_nothing_idle());
  send(window, Dialect::kStrict, {"a:1|c"});
  const Subject subject = window.flush({}, 10);
  window.flush({}, 10);
  EXPECT_EQ(values_of(subject).at("stats_counts.a"), 1);
}

TEST(Window, ChangedSettingsShipWhatWasSentBefore) {
  Window window{Settings{}};
  send(window, Dialect::kStrict, {"a:1|c", "b:5|g", "c:7|ms", "d:m|s"});
  window.flush({}, 10);
  send(window, Dialect::kStrict, {"a:2|c", "c:9|ms", "d:n|s"});
  Settings settings = keep_nothing_idle();
  settings.names.style = NameStyle::kNew;
  settings.names.own_prefix = "own";
  settings.percentiles = {};
  window.change(settings);
  send(window, Dialect::kStrict, {"a:4|c"});
  Values values = values_of(window.flush({}, 10));
  EXPECT_EQ(values.at("stats.counters.a.count"), 6);
  EXPECT_EQ(values.at("stats.gauges.b"), 5);
  EXPECT_EQ(values.at("stats.timers.c.upper"), 9);
  EXPECT_EQ(values.at("stats.sets.d.count"), 1);
  EXPECT_FALSE(values.contains("stats.timers.c.upper_90"));
  EXPECT_TRUE(values.contains("stats.counters.own.packets_received.count"));
  for (const auto& [name, value] : values)
    EXPECT_EQ(name.find("statsd.packets_received"), std::string::npos) << name;
  EXPECT_FALSE(flush(window).contains("stats.counters.a.count")) << "it is idle now";
}

}  // namespace
}  // namespace squid::statsd
