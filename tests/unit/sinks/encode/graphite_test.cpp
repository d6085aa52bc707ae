#include "sinks/encode/graphite.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <regex>

#include "sinks/encode/graphite_points.h"
#include "sinks/encode/number.h"
#include "support/hostile_names.h"
#include "support/pickle_reader.h"
#include "support/report_builder.h"

namespace squid {
namespace {

struct Encoded {
  std::string lines;
  EncodeTally tally;
};

Encoded encode(const Report& report, std::string prefix = "squid") {
  GraphiteEncoder encoder(*NameTemplate::parse(""), std::move(prefix));
  Encoded result;
  result.tally = encoder.encode(report, result.lines);
  return result;
}

TEST(GraphiteEncoder, WritesNameValueTime) {
  const Report report = ReportBuilder()
                            .container("web", "0123")
                            .point("cpu.percent_of_core", Stat::kMean, 12.5)
                            .point("cpu.percent_of_core", Stat::kUpperPercentile, 99, 1)
                            .point("memory.usage", Stat::kLast, 1048576)
                            .squid_itself()
                            .point("squid.pass.cpu_ns", Stat::kLast, 800)
                            .build();
  const Encoded encoded = encode(report);
  EXPECT_EQ(encoded.lines,
            "squid.db1.web.cpu.percent_of_core.mean 12.5 1700000000\n"
            "squid.db1.web.cpu.percent_of_core.upper_99_9 99 1700000000\n"
            "squid.db1.web.memory.usage.last 1048576 1700000000\n"
            "squid.db1.squid.pass.cpu_ns.last 800 1700000000\n");
  EXPECT_EQ(encoded.tally.encoded, 4U);
  EXPECT_EQ(encoded.tally.dropped, 0U);
}

TEST(GraphiteEncoder, DropsAndCountsWhatCarbonCannotTake) {
  const Report report = ReportBuilder()
                            .container("web", "0123")
                            .point("memory.usage", Stat::kLast, std::numeric_limits<double>::infinity())
                            .point("memory.usage", Stat::kMean, std::numeric_limits<double>::quiet_NaN())
                            .point("memory.usage", Stat::kUpper, 1)
                            .build();
  const Encoded encoded = encode(report);
  EXPECT_EQ(encoded.lines, "squid.db1.web.memory.usage.upper 1 1700000000\n");
  EXPECT_EQ(encoded.tally.encoded, 1U);
  EXPECT_EQ(encoded.tally.dropped, 2U);
}

TEST(GraphiteEncoder, NeverWritesALineThatClosesTheConnection) {
  std::string prefix;
  for (int i = 0; i < 81; ++i) prefix.append(200, 'p').push_back('.');
  const std::string around = prefix + ".db1.web.memory.usage.upper  1700000000\n";
  // `upper` fills the line to the last byte, however long its value; `upper_90` goes beyond it.
  const std::string fill(kGraphiteLineBytes - around.size() - kNumberLength, 'q');
  ASSERT_LE(fill.size(), 200U);
  const Report report = ReportBuilder()
                            .container("web", "0123")
                            .point("memory.usage", Stat::kUpper, -0.0000012345678901234567)
                            .point("memory.usage", Stat::kUpperPercentile, 1)
                            .build();
  const Encoded encoded = encode(report, prefix + fill);
  EXPECT_EQ(encoded.lines.size(), kGraphiteLineBytes);
  EXPECT_EQ(encoded.tally.encoded, 1U);
  EXPECT_EQ(encoded.tally.dropped, 1U);
}

TEST(GraphiteEncoder, EscapesMetricNamesFromElsewhere) {
  const MetricInfo metric{"app.request time\n..x", "ms", MetricKind::kGauge, ""};
  const Report report = ReportBuilder().container("web", "0123").point_of(metric, Stat::kLast, 1).build();
  EXPECT_EQ(encode(report).lines, "squid.db1.web.app.request_time_.x.last 1 1700000000\n");
}

TEST(GraphiteEncoder, WholeNamesStandAsTheyAre) {
  const MetricInfo tagged{"stats.timers.t.mean;zone=eu", "", MetricKind::kGauge, ""};
  const MetricInfo empty{"stats..a.", "", MetricKind::kGauge, ""};
  const Report report = ReportBuilder()
                            .whole_names(std::make_shared<int>())
                            .point_of(tagged, Stat::kValue, 1)
                            .point_of(empty, Stat::kValue, 2)
                            .build();
  EXPECT_EQ(encode(report).lines,
            "stats.timers.t.mean;zone=eu 1 1700000000\n"
            "stats..a. 2 1700000000\n");
}

TEST(GraphiteEncoder, DropsWholeNamesThatCarbonMinds) {
  const std::string too_long(kGraphiteLineBytes, 'x');
  for (const std::string_view name :
       {std::string_view(""), std::string_view(".a"), std::string_view(";a=b"), std::string_view("a b"),
        std::string_view("a\n"), std::string_view("../a"), std::string_view("a/b"),
        std::string_view(too_long)}) {
    const MetricInfo metric{name, "", MetricKind::kGauge, ""};
    const Report report =
        ReportBuilder().whole_names(std::make_shared<int>()).point_of(metric, Stat::kValue, 1).build();
    const Encoded encoded = encode(report);
    EXPECT_EQ(encoded.lines, "") << name;
    EXPECT_EQ(encoded.tally.dropped, 1U) << name;
  }
}

TEST(GraphiteEncoder, NoNameInjectsALine) {
  const std::regex line("squid(\\.[^.\\s/;{}()\"'\\\\~*?\\[\\]]{1,230}){5} 1 1700000000");
  for (const std::string& name : hostile_names()) {
    const Report report =
        ReportBuilder().host(name).container(name, name).point("memory.usage", Stat::kLast, 1).build();
    const std::string lines = encode(report).lines;
    ASSERT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1) << lines;
    ASSERT_EQ(lines.back(), '\n');
    EXPECT_TRUE(std::regex_match(lines.substr(0, lines.size() - 1), line)) << lines;
  }
}

TEST(GraphiteEncoder, SharesAreAllThereIs) {
  ReportBuilder builder;
  for (int i = 0; i < 100; ++i)
    builder.container("web" + std::to_string(i), std::to_string(1000 + i))
        .point("pids.current", Stat::kLast, 1);
  const Report report = builder.build();
  const auto ring = HashRing::of({{"a", ""}, {"b", ""}, {"c", ""}});
  for (const GraphiteFormat format : {GraphiteFormat::kLines, GraphiteFormat::kPickle}) {
    GraphiteEncoder encoder(*NameTemplate::parse(""), "squid", format);
    std::vector<std::string> outs(3);
    EXPECT_EQ(encoder.encode_shares(report, *ring, outs).encoded, 100U);
    std::vector<std::size_t> points(3);
    for (std::size_t server = 0; server < outs.size(); ++server) {
      if (format == GraphiteFormat::kLines) {
        points[server] = static_cast<std::size_t>(std::count(outs[server].begin(), outs[server].end(), '\n'));
        continue;
      }
      const PickledFrame frame = read_pickle_frames(outs[server]).at(0);
      for (const PickledPoint& point : frame) {
        EXPECT_EQ(ring->server_of(point.name), server);
        ++points[server];
      }
    }
    EXPECT_EQ(points[0] + points[1] + points[2], 100U);
    EXPECT_GT(*std::min_element(points.begin(), points.end()), 5U);
  }
}

TEST(GraphiteEncoder, EmptyReportIsNothing) {
  EXPECT_EQ(encode(ReportBuilder().build()).lines, "");
}

}  // namespace
}  // namespace squid
