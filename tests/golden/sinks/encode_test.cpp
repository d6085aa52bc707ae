// The exact bytes of every encoder for one report that has a bit of everything.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

#include "sinks/encode/backstop.h"
#include "sinks/encode/graphite.h"
#include "sinks/encode/json.h"
#include "sinks/encode/redis_stream.h"
#include "sinks/encode/statsquid.h"
#include "sinks/encode/table.h"
#include "sinks/encode/table_value.h"
#include "support/golden.h"
#include "support/report_builder.h"

namespace squid {
namespace {

// A value that depends on the metric's name alone: a new metric adds its lines and changes no other.
double value_of(const MetricInfo& metric, double scale) {
  return scale * (static_cast<double>(metric.name.size()) + 1.0 / 3) * (metric.unit == "bytes" ? 1e6 : 1);
}

// Every metric with the stats that it ships by default.
void add_metrics(ReportBuilder& builder, double scale) {
  for (const MetricRow& row : kMetricTable) {
    // Without limits: the table has gaps.
    if (row.info.name.ends_with("limit") && scale > 1) continue;
    const double value = value_of(row.info, scale);
    for (const Stat stat : {Stat::kLast, Stat::kMean, Stat::kLower, Stat::kUpper, Stat::kCount})
      if (row.default_stats.has(stat)) builder.point_of(row.info, stat, value + static_cast<double>(stat));
    if (!row.default_stats.has(Stat::kUpperPercentile)) continue;
    builder.point_of(row.info, Stat::kUpperPercentile, value + 2, 0);
    builder.point_of(row.info, Stat::kUpperPercentile, value + 2.5, 1);
  }
}

Report report() {
  ReportBuilder builder;
  builder.host("db1.example.com");
  builder.container("web", "4f0c1d9a77b3e5d2c6a8f1b09e3d7c55a1b2c3d4e5f60718293a4b5c6d7e8f90");
  add_metrics(builder, 0.25);
  builder.container("shop.front-end.a-name-of-just-about-sixty-characters-in-all",
                    "0a1b2c3d4e5f60718293a4b5c6d7e8f904f0c1d9a77b3e5d2c6a8f1b09e3d7c5");
  add_metrics(builder, 3);
  builder.container("evil\n\x1b[31m \"name\"; ../..", "ffffffffffffffff")
      .point("cpu.percent_of_core", Stat::kMean, 1e-7)
      .point("cpu.total", Stat::kRaw, 1.2345678901234568e17)
      .point("memory.usage", Stat::kLast, std::numeric_limits<double>::quiet_NaN());
  builder.container("web", "9999999999999999").point("pids.current", Stat::kLast, 1);
  builder.container("/system.slice/cron.service", "/system.slice/cron.service")
      .point("pids.current", Stat::kLast, 2);
  builder.squid_itself();
  for (const SelfMetricRow& row : kSelfMetricTable)
    builder.point_of(row.info, Stat::kLast, value_of(row.info, row.info.unit == "ns" ? 1e4 : 1));
  return builder.build();
}

// What docker-stats-to-backstop and statsquid tell: one container with all of it, one with the least.
Report docker_report() {
  ReportBuilder builder;
  builder.host("db1.example.com");
  builder.container("shop.front-end", "4f0c1d9a77b3e5d2c6a8f1b09e3d7c55a1b2c3d4e5f60718293a4b5c6d7e8f90");
  for (const StatNeed& need : StatsquidEncoder::needs())
    builder.point(need.metric, need.stat, value_of(metric_named(need.metric), 1e4));
  for (const StatNeed& need : docker_stats_needs())
    if (!table_value(builder.build().subjects.back(), &metric_named(need.metric), need.stat))
      builder.point(need.metric, need.stat, value_of(metric_named(need.metric), 1e4));
  builder.container("host-net\n", "ffffffffffffffff")
      .point("cpu.total", Stat::kRaw, 7)
      .point("memory.usage", Stat::kLast, 1048576)
      .point("sockets.rx_bytes", Stat::kRaw, 70000)
      .point("sockets.tx_bytes", Stat::kRaw, 5'000'000'000);
  auto started = std::make_shared<Container>();
  started->id = "0a1b2c3d4e5f";
  started->name = "web-1";
  started->runtime = "docker";
  started->series_name = "shop.web";
  started->category = "front";
  started->started_s = 1'699'990'000;
  builder.container_of(std::move(started)).point("memory.usage", Stat::kLast, 4096);
  builder.squid_itself()
      .point("squid.pass.count", Stat::kLast, 10)
      .point("squid.pass.wall_ns", Stat::kLast, 345'678.9);
  return builder.build();
}

// Of each kind of group one, beside a container; the project has a name that nobody should have chosen.
Report group_report() {
  ReportBuilder builder;
  builder.host("db1.example.com");
  builder.container("web", "4f0c1d9a77b3e5d2c6a8f1b09e3d7c55a1b2c3d4e5f60718293a4b5c6d7e8f90");
  const auto add_points = [&](double scale) {
    builder.point("cpu.total", Stat::kMean, 2e8 * scale)
        .point("cpu.total", Stat::kRaw, 5e9 * scale)
        .point("cpu.percent_of_core", Stat::kMean, 20 * scale)
        .point("memory.usage", Stat::kLast, 1048576 * scale);
  };
  add_points(1);
  builder.pod();
  add_points(2);
  builder.group(GroupKind::kSlice, "system.slice", "/system.slice", "systemd");
  add_points(3);
  builder.group(GroupKind::kCompose, "evil\n;\x1b[31m \"shop\"/..", "docker/evil", "docker");
  add_points(4);
  return builder.build();
}

constexpr HostCpu kHostCpu{.cores = 4, .total_ns = 123'456'780'000'000};

// Bytes that cannot be seen as \x01; a line for each line.
std::string visible(std::string_view bytes) {
  std::string text;
  for (const char character : bytes) {
    const auto value = static_cast<unsigned char>(character);
    if (character == '\n' || (value >= 0x20 && value < 0x7F && character != '\\'))
      text += character;
    else if (character != '\r')
      text += fmt::format("\\x{:02x}", value);
  }
  return text;
}

TEST(EncodeGolden, Statsquid) {
  StatsquidEncoder encoder;
  std::string out;
  encoder.encode(docker_report(), kHostCpu, out);
  expect_golden(visible(out), "sinks/statsquid.txt");
}

TEST(EncodeGolden, RedisStream) {
  RedisStreamEncoder encoder("squid:reports:db1", 1000);
  std::string out;
  EXPECT_EQ(encoder.encode(docker_report(), out).dropped, 0U);
  expect_golden(visible(out), "sinks/redis_stream.txt");
}

TEST(EncodeGolden, DockerStats) {
  std::string out;
  EXPECT_EQ(encode_docker_stats(docker_report(), kHostCpu, out).dropped, 0U);
  expect_golden(out, "sinks/docker_stats.txt");
}

TEST(EncodeGolden, Backstop) {
  GraphiteEncoder encoder(*NameTemplate::parse(""), "squid");
  std::string out;
  EXPECT_EQ(encode_backstop(encoder, report(), out).dropped, 1U);
  expect_golden(out, "sinks/backstop.txt");
}

TEST(EncodeGolden, Graphite) {
  GraphiteEncoder encoder(*NameTemplate::parse(""), "squid");
  std::string out;
  const EncodeTally tally = encoder.encode(report(), out);
  EXPECT_EQ(tally.dropped, 1U);
  expect_golden(out, "sinks/graphite.txt");
}

// An e2e test has them read by Python.
TEST(EncodeGolden, GraphitePickle) {
  GraphiteEncoder encoder(*NameTemplate::parse(""), "squid", GraphiteFormat::kPickle);
  std::string out;
  EXPECT_EQ(encoder.encode(report(), out).dropped, 1U);
  expect_golden(out, "sinks/graphite.pickle");
}

TEST(EncodeGolden, Json) {
  std::string out;
  const EncodeTally tally = encode_json(report(), out);
  EXPECT_EQ(tally.dropped, 1U);
  expect_golden(out, "sinks/json.txt");
}

TEST(EncodeGolden, Table) {
  std::string out;
  encode_table(report(), out);
  expect_golden(out, "sinks/table.txt");
}

TEST(EncodeGolden, Groups) {
  const Report report = group_report();
  std::string graphite;
  GraphiteEncoder(*NameTemplate::parse(""), "squid").encode(report, graphite);
  std::string tags;
  GraphiteEncoder(SeriesNamer(*NameTags::of_labels({}), "squid")).encode(report, tags);
  std::string json;
  encode_json(report, json);
  std::string table;
  encode_table(report, table);
  std::string stream;
  RedisStreamEncoder("squid:reports:db1", 1000).encode(report, stream);
  expect_golden(fmt::format("-- graphite\n{}-- with tags\n{}-- json\n{}-- table\n{}-- redis stream\n{}",
                            graphite, tags, json, table, visible(stream)),
                "sinks/groups.txt");
}

// Of containers another zone and another name than of the rest.
TEST(EncodeGolden, SourcesThatTellOfTheHostThemselves) {
  Report report = group_report();
  report.facts = {{"datacenter", "fra1"}, {"zone", "a"}};
  report.subjects[0].host = std::make_shared<const HostIdentity>(HostIdentity{"db9", {{"zone", "b c"}}});
  std::string graphite;
  GraphiteEncoder(*NameTemplate::parse("{prefix}.{zone}.{host}.{container}.{metric}"), "squid")
      .encode(report, graphite);
  std::string tags;
  GraphiteEncoder(SeriesNamer(*NameTags::of_labels({}), "squid")).encode(report, tags);
  std::string json;
  encode_json(report, json);
  std::string statsquid;
  StatsquidEncoder().encode(report, kHostCpu, statsquid);
  std::string stream;
  RedisStreamEncoder("squid:reports:db1", 1000).encode(report, stream);
  expect_golden(fmt::format("-- graphite\n{}-- with tags\n{}-- json\n{}-- statsquid\n{}-- redis stream\n{}",
                            graphite, tags, json, visible(statsquid), visible(stream)),
                "sinks/hosts.txt");
}

// Who reads these adds up all there is.
TEST(EncodeGolden, WhatIsMadeForOtherToolsTellsOfContainersAlone) {
  Report alone = group_report();
  alone.subjects.resize(1);
  const auto statsquid = [](const Report& report) {
    std::string out;
    StatsquidEncoder().encode(report, kHostCpu, out);
    return out;
  };
  const auto docker_stats = [](const Report& report) {
    std::string out;
    encode_docker_stats(report, kHostCpu, out);
    return out;
  };
  EXPECT_EQ(statsquid(group_report()), statsquid(alone));
  EXPECT_EQ(docker_stats(group_report()), docker_stats(alone));
}

}  // namespace
}  // namespace squid
