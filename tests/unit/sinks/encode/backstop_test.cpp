#include "sinks/encode/backstop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "support/hostile_names.h"
#include "support/report_builder.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr HostCpu kHost{.cores = 2, .total_ns = 12'000'000'000};

TEST(Backstop, ARecordForEachPoint) {
  GraphiteEncoder names(*NameTemplate::parse(""), "squid");
  std::string out;
  const Report report = ReportBuilder()
                            .container("web", "0123")
                            .point("memory.usage", Stat::kLast, 4096)
                            .point("cpu.percent_of_core", Stat::kMean, 12.5)
                            .point("pids.current", Stat::kLast, std::numeric_limits<double>::quiet_NaN())
                            .build();
  EXPECT_EQ(encode_backstop(names, report, out).dropped, 1U);
  EXPECT_EQ(
      out,
      "{\"metric\":\"squid.db1.web.memory.usage.last\",\"value\":4096,\"measure_time\":1700000000}\n"
      "{\"metric\":\"squid.db1.web.cpu.percent_of_core.mean\",\"value\":12.5,\"measure_time\":1700000000}\n");
}

TEST(Backstop, NoNameBecomesAnotherRecordOrLine) {
  GraphiteEncoder names(*NameTemplate::parse(""), "squid");
  ReportBuilder builder;
  for (const std::string& name : hostile_names())
    builder.container(name, "0123456789" + name).point("pids.current", Stat::kLast, 1);
  for (const bool docker_stats : {false, true}) {
    std::string out;
    if (docker_stats)
      encode_docker_stats(builder.build(), kHost, out);
    else
      encode_backstop(names, builder.build(), out);
    const auto count = [&out](char character) { return std::count(out.begin(), out.end(), character); };
    const auto records = static_cast<std::ptrdiff_t>(hostile_names().size()) + (docker_stats ? 1 : 0);
    EXPECT_EQ(count('\n'), records);
    EXPECT_EQ(count('"'), 8 * records);
    EXPECT_EQ(count(' '), 0);
    EXPECT_EQ(count('\\'), 0);
  }
}

TEST(DockerStats, HasItsNamesAndWholeNumbers) {
  std::string out;
  encode_docker_stats(ReportBuilder()
                          .host("db1.example.com")
                          .container("pid.bla.service", "0123")
                          .point("cpu.total", Stat::kRaw, 1.5e18)
                          .point("cpu.total", Stat::kMean, 99)
                          .point("memory.usage", Stat::kLast, 4096)
                          .squid_itself()
                          .point("squid.pass.count", Stat::kLast, 10)
                          .build(),
                      kHost, out);
  EXPECT_EQ(
      out,
      "{\"metric\":\"pid.bla.service.cpu.system\",\"value\":12000000000,\"measure_time\":1700000000}\n"
      "{\"metric\":\"pid.bla.service.cpu.total\",\"value\":1500000000000000000,\"measure_time\":1700000000}\n"
      "{\"metric\":\"pid.bla.service.memory.usage\",\"value\":4096,\"measure_time\":1700000000}\n"
      "{\"metric\":\"db1.example.com.containers.total\",\"value\":1,\"measure_time\":1700000000}\n");
}

}  // namespace
}  // namespace squid
