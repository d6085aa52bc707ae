#include "sinks/encode/redis_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <limits>

#include "support/report_builder.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

class RedisStreamTest : public testing::Test {
 protected:
  std::string encode(Report report) {
    std::string out;
    tally_ = encoder_.encode(report, out);
    return out;
  }
  std::string encode_at(std::int64_t time_s) {
    Report report = ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 1).build();
    report.time_s = time_s;
    return encode(report);
  }
  RedisStreamEncoder encoder_{"key", 1000};
  EncodeTally tally_;
};

TEST_F(RedisStreamTest, AnEntryHasFactsAboutTheHost) {
  Report report = ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 1).build();
  report.facts = {{"zone", "a"}};
  const std::string out = encode(report);
  EXPECT_THAT(out, testing::StartsWith("*16\r\n"));
  EXPECT_THAT(out, HasSubstr("$10\r\n1700000000\r\n$4\r\nzone\r\n$1\r\na\r\n$9\r\ncontainer\r\n"));
}

TEST_F(RedisStreamTest, TellsOfTheHostAsTheSourceDoes) {
  Report report = ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 1).build();
  report.facts = {{"zone", "a"}};
  report.subjects[0].host = std::make_shared<const HostIdentity>(HostIdentity{"db9", {{"zone", "b"}}});
  const std::string out = encode(report);
  EXPECT_THAT(out, testing::StartsWith("*18\r\n"));
  EXPECT_THAT(out, HasSubstr("$4\r\nhost\r\n$3\r\ndb9\r\n$4\r\nzone\r\n$1\r\nb\r\n$9\r\ncontainer\r\n"));
}

TEST_F(RedisStreamTest, AnEntryForEachSubject) {
  const std::string out = encode(ReportBuilder()
                                     .container("web", "0123")
                                     .point("pids.current", Stat::kLast, 3)
                                     .point("cpu.percent_of_core", Stat::kUpperPercentile, 1.5, 1)
                                     .squid_itself()
                                     .point("squid.pass.count", Stat::kLast, 10)
                                     .build());
  EXPECT_EQ(
      out,
      "*16\r\n$4\r\nXADD\r\n$3\r\nkey\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$4\r\n1000\r\n$15\r\n1700000000000-0\r\n"
      "$4\r\ntime\r\n$10\r\n1700000000\r\n$9\r\ncontainer\r\n$3\r\nweb\r\n$2\r\nid\r\n$4\r\n0123\r\n"
      "$17\r\npids.current.last\r\n$1\r\n3\r\n$30\r\ncpu.percent_of_core.upper_99_9\r\n$3\r\n1.5\r\n"
      "*14\r\n$4\r\nXADD\r\n$3\r\nkey\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$4\r\n1000\r\n$15\r\n1700000000000-1\r\n"
      "$4\r\ntime\r\n$10\r\n1700000000\r\n$9\r\ncontainer\r\n$0\r\n\r\n$2\r\nid\r\n$0\r\n\r\n"
      "$21\r\nsquid.pass.count.last\r\n$2\r\n10\r\n");
  EXPECT_EQ(tally_.encoded, 3U);
}

TEST_F(RedisStreamTest, IdsAlwaysGrow) {
  EXPECT_THAT(encode_at(1000), HasSubstr("\r\n1000000-0\r\n"));
  EXPECT_THAT(encode_at(1000), HasSubstr("\r\n1000000-1\r\n"));
  // The clock went back; the entry still tells the time as it is.
  const std::string back = encode_at(900);
  EXPECT_THAT(back, HasSubstr("\r\n1000000-2\r\n"));
  EXPECT_THAT(back, HasSubstr("$4\r\ntime\r\n$3\r\n900\r\n"));
  EXPECT_THAT(encode_at(1001), HasSubstr("\r\n1001000-0\r\n"));
}

TEST_F(RedisStreamTest, ASubjectWithManyValuesHasSeveralEntries) {
  std::deque<std::string> texts;
  std::deque<MetricInfo> metrics;
  ReportBuilder builder;
  builder.whole_names(std::make_shared<int>());
  for (std::size_t i = 0; i <= RedisStreamEncoder::kEntryPoints; ++i) {
    metrics.push_back(
        {.name = texts.emplace_back("stats.n" + std::to_string(i)), .unit = "", .kind = {}, .help = ""});
    builder.point_of(metrics.back(), Stat::kValue, 1);
  }
  const std::string out = encode(builder.build());
  EXPECT_THAT(out, HasSubstr("*1036\r\n"));
  EXPECT_THAT(out, HasSubstr("*14\r\n"));
  EXPECT_THAT(out, HasSubstr("$10\r\nstats.n512\r\n$1\r\n1\r\n"));
}

TEST_F(RedisStreamTest, CountsWhatIsNoNumberAndNamesAreOnlyData) {
  const std::string out =
      encode(ReportBuilder()
                 .container("a\r\n*1\r\n$8\r\nFLUSHALL\r\n", "0123")
                 .point("pids.current", Stat::kLast, std::numeric_limits<double>::infinity())
                 .point("memory.usage", Stat::kLast, 1)
                 .build());
  EXPECT_EQ(tally_.dropped, 1U);
  EXPECT_EQ(tally_.encoded, 1U);
  EXPECT_THAT(out, HasSubstr("$9\r\ncontainer\r\n$21\r\na\r\n*1\r\n$8\r\nFLUSHALL\r\n\r\n"));
  EXPECT_THAT(out, Not(HasSubstr("inf")));
}

}  // namespace
}  // namespace squid
