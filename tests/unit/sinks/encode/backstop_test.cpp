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
    const auto records = static_cast<std::ptrdiff_t>(hostile_names().size()) + (docker_stats ? 2 : 0);
    EXPECT_EQ(count('\n'), records);
    EXPECT_EQ(count('"'), 8 * records);
    EXPECT_EQ(count(' '), 0);
    EXPECT_EQ(count('\\'), 0);
  }
}

std::string record(const std::string& name, const std::string& value) {
  return "{\"metric\":\"" + name + "\",\"value\":" + value + ",\"measure_time\":1700000000}\n";
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
                          .point("squid.pass.wall_ns", Stat::kLast, 12345.6)
                          .build(),
                      kHost, out);
  EXPECT_EQ(out, record("pid.bla.service.cpu.system", "12000000000") +
                     record("pid.bla.service.cpu.total", "1500000000000000000") +
                     record("pid.bla.service.memory.usage", "4096") +
                     record("db1.example.com.containers.total", "1") +
                     record("db1.example.com.metrics.threads", "1") +
                     record("db1.example.com.metrics.duration", "123456"));
}

TEST(DockerStats, HasWhatRulesMakeOfContainersAndHowLongTheyAreUp) {
  const auto container = [](std::string name, std::string category, std::int64_t started_s) {
    auto made = std::make_shared<Container>();
    made->id = name;
    made->name = std::move(name);
    made->series_name = "shop." + made->name;
    made->category = std::move(category);
    made->started_s = started_s;
    return made;
  };
  std::string out;
  encode_docker_stats(ReportBuilder()
                          .container_of(container("web", "front", 1'699'999'000))
                          .container_of(container("cache", "back", 1'700'000'005))
                          .container_of(container("db", "back", 0))
                          .build(),
                      {}, out);
  EXPECT_EQ(out, record("shop.web.cpu.system", "0") + record("shop.web.uptime", "1000") +
                     record("shop.cache.cpu.system", "0") + record("shop.cache.uptime", "0") +
                     record("shop.db.cpu.system", "0") + record("db1.containers.back", "2") +
                     record("db1.containers.front", "1") + record("db1.containers.total", "3") +
                     record("db1.metrics.threads", "1"));
}

}  // namespace
}  // namespace squid
