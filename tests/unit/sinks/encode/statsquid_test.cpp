#include "sinks/encode/statsquid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/report_builder.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr HostCpu kHost{.cores = 2, .total_ns = 1'000'000'000};

std::string field(std::string_view name, std::string_view value) {
  return "$" + std::to_string(name.size()) + "\r\n" + std::string(name) + "\r\n$" +
         std::to_string(value.size()) + "\r\n" + std::string(value) + "\r\n";
}

class StatsquidTest : public testing::Test {
 protected:
  std::string encode(const ReportBuilder& builder) {
    std::string out;
    encoder_.encode(builder.build(), kHost, out);
    return out;
  }
  StatsquidEncoder encoder_;
};

TEST_F(StatsquidTest, WritesTheFieldsThatTopReads) {
  const std::string out = encode(ReportBuilder()
                                     .container("a/web", "0123")
                                     .point("cpu.percent_of_core", Stat::kMean, 12.345)
                                     .point("memory.usage", Stat::kLast, 1048576)
                                     .point("network.rx_bytes", Stat::kRaw, 7)
                                     .point("network.tx_bytes", Stat::kRaw, 8)
                                     .point("io.read_bytes", Stat::kRaw, 9)
                                     .point("io.write_bytes", Stat::kRaw, 10));
  EXPECT_THAT(out,
              HasSubstr("*4\r\n$7\r\nHINCRBY\r\n$14\r\nstatsquid:0123\r\n$10\r\nstats_read\r\n$1\r\n1\r\n"));
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const char*>>{{"id", "0123"},
                                                                  {"name", "web"},
                                                                  {"source", "db1"},
                                                                  {"last_read", "1700000000"},
                                                                  {"cpu", "12.35"},
                                                                  {"mem", "1048576.0"},
                                                                  {"net_rx_bytes_total", "7.0"},
                                                                  {"net_tx_bytes_total", "8.0"},
                                                                  {"io_read_bytes_total", "9"},
                                                                  {"io_write_bytes_total", "10"}})
    EXPECT_THAT(out, HasSubstr(field(name, value)));
  EXPECT_THAT(out, HasSubstr("$6\r\nEXPIRE\r\n$14\r\nstatsquid:0123\r\n$2\r\n30\r\n"));
}

TEST_F(StatsquidTest, WhatIsMissingIsLeftOut) {
  const std::string out =
      encode(ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 1));
  for (const char* name :
       {"\r\ncpu\r\n", "\r\nmem\r\n", "net_rx_bytes_total", "io_read_bytes_total", "rx_bytes"})
    EXPECT_THAT(out, Not(HasSubstr(name)));
}

TEST_F(StatsquidTest, OnTheHostsNetworkItsSocketsCount) {
  const auto traffic = [](std::string_view metric, double value) {
    return ReportBuilder()
        .container("web", "0123")
        .point(metric, Stat::kRaw, value)
        .point("sockets.rx_bytes", Stat::kRaw, 5);
  };
  EXPECT_THAT(encode(traffic("io.read_bytes", 1)), HasSubstr(field("net_rx_bytes_total", "5.0")));
  EXPECT_THAT(encode(traffic("network.rx_bytes", 70)), HasSubstr(field("net_rx_bytes_total", "70.0")));
  // Interfaces are read more seldom; their number does not give way to another one meanwhile.
  EXPECT_THAT(encode(traffic("io.read_bytes", 1)), HasSubstr(field("net_rx_bytes_total", "70.0")));
}

TEST_F(StatsquidTest, KeepsNothingOfContainersThatAreGone) {
  encode(ReportBuilder().container("web", "0123").point("network.rx_bytes", Stat::kRaw, 70));
  encode(ReportBuilder().container("other", "4567").point("network.rx_bytes", Stat::kRaw, 1));
  EXPECT_THAT(encode(ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 1)),
              Not(HasSubstr("net_rx_bytes_total")));
}

TEST_F(StatsquidTest, ExpiresWhenThreeReportsAreMissing) {
  Report report = ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 1).build();
  report.interval_s = 60;
  std::string out;
  encoder_.encode(report, kHost, out);
  EXPECT_THAT(out, HasSubstr("$6\r\nEXPIRE\r\n$14\r\nstatsquid:0123\r\n$3\r\n180\r\n"));
}

TEST_F(StatsquidTest, SaysNothingOfWhatIsNoContainer) {
  EXPECT_EQ(encode(ReportBuilder().squid_itself().point("squid.pass.count", Stat::kLast, 1)), "");
}

}  // namespace
}  // namespace squid
