#include "statsd/server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "support/fake_origins.h"
#include "support/report_builder.h"
#include "support/statsd_flush.h"

namespace squid::statsd {
namespace {

const Server::Figures& figures_of(Server& server) {
  server.collect();
  return server.figures();
}

Report flush(Server& server) {
  Report report;
  report.interval_s = 10;
  server.append_to(report, {.kernel_drops = 7, .truncated = 1, .connections = 2, .buffer_bytes = 4096});
  return report;
}

const Subject& keys_of(const Report& report) {
  return *std::ranges::find_if(report.subjects,
                               [](const Subject& subject) { return subject.names != nullptr; });
}

TEST(Server, EveryLineOfAPacketCounts) {
  Server server({});
  for (const char* packet : {"a:1|c\nb:2|c\n", "\n\n", "a:1|c\r\nbad\na:1|c", "", "a:x|c:1|c"})
    server.shard().take(packet);
  const Server::Figures& figures = figures_of(server);
  EXPECT_EQ(figures.packets, 5);
  EXPECT_EQ(figures.lines, 6);
  EXPECT_EQ(figures.accepted, 5);
  EXPECT_EQ(figures.bad[static_cast<std::size_t>(BadLine::kNoValue)], 1);
  EXPECT_EQ(figures.bad[static_cast<std::size_t>(BadLine::kBadNumber)], 1);
  const auto values = values_of(keys_of(flush(server)));
  EXPECT_EQ(values.at("stats_counts.a"), 4);
  EXPECT_EQ(values.at("stats_counts.b"), 2);
}

TEST(Server, AllThatIsSentIsAccountedFor) {
  Settings settings;
  settings.most_keys = 3;
  Server server(settings);
  double sent = 0;
  for (const char* line :
       {"a:1|c", "b:1|g", "c:1|ms", "d:1|s", "a:1|zzz", "nonsense", "_e{1,1}:a|b", "_sc|x|9"}) {
    server.shard().take(line);
    ++sent;
  }
  const Server::Figures& figures = figures_of(server);
  const double bad = std::accumulate(figures.bad.begin(), figures.bad.end(), 0.0);
  EXPECT_EQ(figures.accepted + figures.refused + figures.announced + bad, sent);
  EXPECT_EQ(figures.accepted, 3);
  EXPECT_EQ(figures.refused, 1);
  EXPECT_EQ(figures.announced, 1);
}

TEST(Server, AValueIsTheContainersThatSentIt) {
  Settings settings;
  settings.names.key_prefix = "all";
  settings.origin = OriginPlace::kPrefix;
  Server server(settings);
  const auto web = origin_named("web");
  server.shard().take("a:1|c\nt:5|ms|#x:1", {.origin = web});
  server.shard().take("a:2|c");
  EXPECT_EQ(figures_of(server).with_origin, 1);
  const auto values = values_of(keys_of(flush(server)));
  EXPECT_EQ(values.at("stats_counts.all.web.a"), 1);
  EXPECT_EQ(values.at("stats.timers.all.web.t.upper;x=1"), 5);
  EXPECT_EQ(values.at("stats_counts.all.a"), 2) << "nobody knows who that was";
}

TEST(Server, ItsContainerMayBeATag) {
  Settings settings;
  settings.origin = OriginPlace::kTag;
  settings.names.style = NameStyle::kNew;
  Server server(settings);
  const auto web = origin_named("web");
  server.shard().take("a:1|c|#zone:eu,container:db", {.origin = web});
  const auto values = values_of(keys_of(flush(server)));
  EXPECT_EQ(values.at("stats.counters.a.count;container=web;zone=eu"), 1);
}

TEST(Server, NobodyMaySpeakForAnotherContainer) {
  Settings settings;
  settings.origin = OriginPlace::kPrefix;
  Server server(settings);
  const auto web = origin_named("web");
  for (const char* truth : {"a:1|c|c:ci-0123456789abcdef", "a:1|c|c:0123456789ab", "a:1|c", "a:1|c|c:in-7"})
    server.shard().take(truth, {.origin = web});
  EXPECT_EQ(figures_of(server).false_claims, 0);
  for (const char* lie : {"a:1|c|c:ci-ffff456789abcdef", "a:1|c|c:0123"})
    server.shard().take(lie, {.origin = web});
  EXPECT_EQ(figures_of(server).false_claims, 2);
  server.shard().take("a:1|c|c:ci-ffff456789abcdef");
  EXPECT_EQ(figures_of(server).false_claims, 2) << "nobody knows better";
  EXPECT_EQ(values_of(keys_of(flush(server))).at("stats_counts.web.a"), 6);
}

TEST(Server, AKeyThatGetsTooLongWithItsContainerIsBad) {
  Settings settings;
  settings.origin = OriginPlace::kPrefix;
  Server server(settings);
  const auto web = origin_named("web");
  server.shard().take(std::string(kLongestKey - 2, 'a').append(":1|c\nb:1|c"), {.origin = web});
  EXPECT_EQ(figures_of(server).bad[static_cast<std::size_t>(BadLine::kTooLong)], 1);
  EXPECT_EQ(figures_of(server).accepted, 1);
}

TEST(Server, ACgroupIsNamedWhenItsValuesAreTakenOver) {
  Settings settings;
  settings.origin = OriginPlace::kPrefix;
  Server server(settings);
  server.find_origins_by([](std::uint64_t cgroup) { return cgroup == 7 ? origin_named("web") : nullptr; });
  Shard other(settings);
  server.collect_by([&] { server.take_over(other); });
  other.take("a:1|c\na:+5|g\na:3|ms\na:joe|s", {.cgroup = 7});
  other.take("a:2|c", {.cgroup = 8});
  server.shard().take("a:4|c\na:1|g\na:5|ms\na:jane|s", {.origin = origin_named("web")});
  const auto values = values_of(keys_of(flush(server)));
  EXPECT_EQ(values.at("stats_counts.web.a"), 5);
  EXPECT_EQ(values.at("stats_counts.a"), 2) << "no container's";
  EXPECT_EQ(values.at("stats.gauges.web.a"), 6);
  EXPECT_EQ(values.at("stats.timers.web.a.upper"), 5);
  EXPECT_EQ(values.at("stats.timers.web.a.count"), 2);
  EXPECT_EQ(values.at("stats.sets.web.a.count"), 2);
  EXPECT_EQ(server.figures().with_origin, 2);
  EXPECT_EQ(server.figures().accepted, 9);
}

TEST(Server, AContainersLimitsAreItsOwn) {
  Settings settings;
  settings.origin = OriginPlace::kPrefix;
  settings.container_keys = 2;
  settings.container_values = 4;
  Server server(settings);
  const auto web = origin_named("web");
  const auto db = origin_named("db", "fedcba9876543210");
  for (int window = 0; window < 2; ++window) {
    server.shard().take("a:1|c\nb:1|c\nc:1|c\na:1|c\na:1|c\na:1|c\nbad", {.origin = web});
    server.shard().take("a:1|c\nb:1|c", {.origin = db});
    server.shard().take("a:1|c\nb:1|c\nc:1|c\nd:1|c\ne:1|c");
    const Report report = flush(server);
    const auto told = values_of(report.subjects[1]);
    ASSERT_EQ(report.subjects[0].container->name, "web");
    ASSERT_EQ(report.subjects[1].container->name, "db");
    EXPECT_EQ(values_of(report.subjects[0]), (std::map<std::string, double>{{"statsd.packets", 1},
                                                                            {"statsd.lines", 7},
                                                                            {"statsd.values", 4},
                                                                            {"statsd.refused", 1},
                                                                            {"statsd.limited", 1},
                                                                            {"statsd.mismatch", 0},
                                                                            {"statsd.bad.no_value", 1}}));
    EXPECT_EQ(told.at("statsd.values"), 2);
    EXPECT_EQ(told.at("statsd.refused"), 0);
    EXPECT_EQ(values_of(keys_of(report)).at("stats_counts.web.a"), 3);
  }
  EXPECT_EQ(server.figures().refused, 2);
  EXPECT_EQ(server.figures().limited, 2);
  EXPECT_EQ(server.figures().accepted, 22);
}

TEST(Server, WhatAContainerSendsStandsBesideItsOtherMetrics) {
  Settings settings;
  settings.origin = OriginPlace::kTag;
  Server server(settings);
  const auto web = origin_named("web");
  server.shard().take("a:1|c", {.origin = web});
  Report report;
  report.interval_s = 10;
  report.subjects.push_back(
      {.container = web->container,
       .points = {{.metric = &metric_named("cpu.total"), .stat = Stat::kMean, .value = 7}}});
  server.append_to(report, {});
  ASSERT_EQ(report.subjects.size(), 3U);
  EXPECT_EQ(values_of(report.subjects[0]).at("cpu.total"), 7);
  EXPECT_EQ(values_of(report.subjects[0]).at("statsd.values"), 1);
}

TEST(Server, TellsAboutItself) {
  Server server({});
  server.shard().take("a:1|c\nbad");
  const Report report = flush(server);
  const auto own = values_of(report.subjects.back());
  EXPECT_FALSE(report.subjects.back().names);
  EXPECT_EQ(own.at("squid.statsd.packets"), 1);
  EXPECT_EQ(own.at("squid.statsd.lines"), 2);
  EXPECT_EQ(own.at("squid.statsd.values"), 1);
  EXPECT_EQ(own.at("squid.statsd.bad.no_value"), 1);
  EXPECT_EQ(own.at("squid.statsd.loss.kernel_drops"), 7);
  EXPECT_EQ(own.at("squid.statsd.loss.truncated"), 1);
  EXPECT_EQ(own.at("squid.statsd.connections"), 2);
  // The reference's names have what came since the last flush.
  const auto second = values_of(keys_of(flush(server)));
  EXPECT_EQ(second.at("stats_counts.statsd.bad_lines_seen"), 0);
}

TEST(Server, ALineThatItsTransportDropsIsABadLine) {
  Server server({});
  server.shard().drop(BadLine::kTooLong);
  EXPECT_EQ(figures_of(server).lines, 1);
  const Report report = flush(server);
  EXPECT_EQ(values_of(report.subjects.back()).at("squid.statsd.bad.too_long"), 1);
  EXPECT_EQ(values_of(keys_of(report)).at("stats_counts.statsd.bad_lines_seen"), 1);
}

}  // namespace
}  // namespace squid::statsd
