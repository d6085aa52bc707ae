#include "statsd/server.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "support/statsd_flush.h"

namespace squid::statsd {
namespace {

Report flush(Server& server) {
  Report report;
  report.interval_s = 10;
  server.append_to(report, {.kernel_drops = 7, .truncated = 1, .connections = 2, .buffer_bytes = 4096});
  EXPECT_EQ(report.subjects.size(), 2U);
  return report;
}

TEST(Server, EveryLineOfAPacketCounts) {
  Server server({});
  for (const char* packet : {"a:1|c\nb:2|c\n", "\n\n", "a:1|c\r\nbad\na:1|c", "", "a:x|c:1|c"})
    server.take(packet);
  const Server::Figures& figures = server.figures();
  EXPECT_EQ(figures.packets, 5);
  EXPECT_EQ(figures.lines, 6);
  EXPECT_EQ(figures.accepted, 5);
  EXPECT_EQ(figures.bad[static_cast<std::size_t>(BadLine::kNoValue)], 1);
  EXPECT_EQ(figures.bad[static_cast<std::size_t>(BadLine::kBadNumber)], 1);
  const auto values = values_of(flush(server).subjects.front());
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
    server.take(line);
    ++sent;
  }
  const Server::Figures& figures = server.figures();
  const double bad = std::accumulate(figures.bad.begin(), figures.bad.end(), 0.0);
  EXPECT_EQ(figures.accepted + figures.refused + figures.announced + bad, sent);
  EXPECT_EQ(figures.accepted, 3);
  EXPECT_EQ(figures.refused, 1);
  EXPECT_EQ(figures.announced, 1);
}

Origin origin_named(std::string_view name) {
  return make_origin("0123456789abcdef", name, "");
}

TEST(Server, AValueIsTheContainersThatSentIt) {
  Settings settings;
  settings.names.key_prefix = "all";
  settings.origin = OriginPlace::kPrefix;
  Server server(settings);
  const Origin web = origin_named("web");
  server.take("a:1|c\nt:5|ms|#x:1", &web);
  server.take("a:2|c");
  EXPECT_EQ(server.figures().with_origin, 1);
  const auto values = values_of(flush(server).subjects.front());
  EXPECT_EQ(values.at("stats_counts.all.web.a"), 1);
  EXPECT_EQ(values.at("stats.timers.all.web.t.upper;x=1"), 5);
  EXPECT_EQ(values.at("stats_counts.all.a"), 2) << "nobody knows who that was";
}

TEST(Server, ItsContainerMayBeATag) {
  Settings settings;
  settings.origin = OriginPlace::kTag;
  settings.names.style = NameStyle::kNew;
  Server server(settings);
  const Origin web = origin_named("web");
  server.take("a:1|c|#zone:eu,container:db", &web);
  const auto values = values_of(flush(server).subjects.front());
  EXPECT_EQ(values.at("stats.counters.a.count;container=web;zone=eu"), 1);
}

TEST(Server, NobodyMaySpeakForAnotherContainer) {
  Settings settings;
  settings.origin = OriginPlace::kPrefix;
  Server server(settings);
  const Origin web = origin_named("web");
  for (const char* truth : {"a:1|c|c:ci-0123456789abcdef", "a:1|c|c:0123456789ab", "a:1|c", "a:1|c|c:in-7"})
    server.take(truth, &web);
  EXPECT_EQ(server.figures().false_claims, 0);
  for (const char* lie : {"a:1|c|c:ci-ffff456789abcdef", "a:1|c|c:0123"}) server.take(lie, &web);
  EXPECT_EQ(server.figures().false_claims, 2);
  server.take("a:1|c|c:ci-ffff456789abcdef");
  EXPECT_EQ(server.figures().false_claims, 2) << "nobody knows better";
  EXPECT_EQ(values_of(flush(server).subjects.front()).at("stats_counts.web.a"), 6);
}

TEST(Server, AKeyThatGetsTooLongWithItsContainerIsBad) {
  Settings settings;
  settings.origin = OriginPlace::kPrefix;
  Server server(settings);
  const Origin web = origin_named("web");
  server.take(std::string(kLongestKey - 2, 'a').append(":1|c\nb:1|c"), &web);
  EXPECT_EQ(server.figures().bad[static_cast<std::size_t>(BadLine::kTooLong)], 1);
  EXPECT_EQ(server.figures().accepted, 1);
}

TEST(Server, TellsAboutItself) {
  Server server({});
  server.take("a:1|c\nbad");
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
  const auto second = values_of(flush(server).subjects.front());
  EXPECT_EQ(second.at("stats_counts.statsd.bad_lines_seen"), 0);
}

TEST(Server, ALineThatItsTransportDropsIsABadLine) {
  Server server({});
  server.drop(BadLine::kTooLong);
  EXPECT_EQ(server.figures().lines, 1);
  const Report report = flush(server);
  EXPECT_EQ(values_of(report.subjects.back()).at("squid.statsd.bad.too_long"), 1);
  EXPECT_EQ(values_of(report.subjects.front()).at("stats_counts.statsd.bad_lines_seen"), 1);
}

}  // namespace
}  // namespace squid::statsd
