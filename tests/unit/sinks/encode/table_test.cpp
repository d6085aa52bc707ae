#include "sinks/encode/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/algorithm/string/split.hpp>

#include "sinks/encode/terminal_text.h"
#include "support/hostile_names.h"
#include "support/report_builder.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string table(const Report& report) {
  std::string out;
  encode_table(report, out);
  return out;
}

TEST(EncodeTable, SortsByCpuAndMarksWhatIsMissing) {
  const Report report = ReportBuilder()
                            .container("idle", "111111111111111")
                            .point("cpu.percent_of_core", Stat::kMean, 0.5)
                            .point("cpu.percent_of_core", Stat::kUpper, 7)
                            .container("no-cpu", "222222222222222")
                            .point("memory.usage", Stat::kLast, 1048576)
                            .container("busy", "333333333333333")
                            .point("cpu.percent_of_core", Stat::kMean, 150.25)
                            .point("cpu.percent_of_core", Stat::kUpper, 200)
                            .build();
  EXPECT_EQ(table(report),
            "2023-11-14 22:13:20 UTC  db1  3 containers, the last 10 s\n"
            "CONTAINER  ID             CPU %   MAX %    MEMORY\n"
            "busy       333333333333  150.25  200.00         -\n"
            "idle       111111111111    0.50    7.00         -\n"
            "no-cpu     222222222222       -       -  1.00 MiB\n"
            "\n");
}

TEST(EncodeTable, TakesTheBestStatThatShips) {
  const Report report = ReportBuilder()
                            .container("web", "1")
                            .point("cpu.percent_of_core", Stat::kLower, 1)
                            .point("cpu.percent_of_core", Stat::kUpperPercentile, 3, 0)
                            .point("memory.usage", Stat::kUpper, 4096)
                            .point("memory.usage", Stat::kMean, 2048)
                            .build();
  EXPECT_THAT(table(report), HasSubstr("web        1    3.00  2.00 KiB\n"));
}

TEST(EncodeTable, ShowsTroubleOnlyWhereThereIsSome) {
  ReportBuilder builder;
  builder.container("web", "1")
      .point("memory.events.oom_kill", Stat::kCount, 0)
      .point("memory.swap", Stat::kLast, 0);
  EXPECT_THAT(table(builder.build()), Not(HasSubstr("OOM KILLS")));
  EXPECT_THAT(table(builder.build()), Not(HasSubstr("SWAP")));
  builder.container("db", "2").point("memory.events.oom_kill", Stat::kCount, 3);
  EXPECT_THAT(table(builder.build()), HasSubstr("OOM KILLS"));
}

TEST(EncodeTable, SaysWhatItLookedAtWhenThereIsNothing) {
  const Report report = ReportBuilder().squid_itself().point("squid.cgroups.seen", Stat::kLast, 83).build();
  EXPECT_EQ(table(report),
            "2023-11-14 22:13:20 UTC  db1  0 containers, the last 10 s\n"
            "no containers are running: none of the 83 cgroups on this host belongs to one\n"
            "\n");
  EXPECT_THAT(table(ReportBuilder().build()), HasSubstr("no containers are running\n"));
}

TEST(EncodeTable, CountsContainersApartFromOtherCgroups) {
  EXPECT_THAT(table(ReportBuilder().container("web", "1").build()),
              HasSubstr("  1 container, the last 10 s\n"));
  const Report report =
      ReportBuilder().container("web", "1").container("/init", "/init").container("/user", "/user").build();
  EXPECT_THAT(table(report), HasSubstr("  1 container and 2 other cgroups, the last 10 s\n"));
}

TEST(EncodeTable, EndsWithOurOwnCost) {
  const Report report = ReportBuilder()
                            .container("web", "1")
                            .point("pids.current", Stat::kLast, 3)
                            .squid_itself()
                            .point("squid.pass.cpu_ns", Stat::kLast, 250'000)
                            .point("squid.process.cpu_ns", Stat::kLast, 5'000'000)
                            .point("squid.process.rss_bytes", Stat::kLast, 12.5 * 1048576)
                            .build();
  EXPECT_THAT(
      table(report),
      testing::EndsWith("squid-bpf itself: 0.25 ms of CPU time per pass, 0.050 % of one core, 12.5 MiB of "
                        "memory\n\n"));
}

TEST(EncodeTable, APlainCgroupHasNoIdBesideItsName) {
  const Report report = ReportBuilder()
                            .container("/system.slice/cron.service", "/system.slice/cron.service")
                            .point("pids.current", Stat::kLast, 2.5)
                            .build();
  EXPECT_THAT(table(report), HasSubstr("/system.slice/cron.service  -     2.5\n"));
}

TEST(EncodeTable, AnyNameIsOneRowAsWideAsTheHeader) {
  for (const std::string& name : hostile_names()) {
    const Report report =
        ReportBuilder().host(name).container(name, name).point("pids.current", Stat::kLast, 1).build();
    const std::string text = table(report);
    std::vector<std::string> lines;
    boost::split(lines, text, [](char character) { return character == '\n'; });
    // Title, header, row, empty line, and what stands behind the last newline.
    ASSERT_EQ(lines.size(), 5U) << text;
    EXPECT_EQ(text_width(lines[1]), text_width(lines[2])) << text;
    for (const char character : lines[2]) EXPECT_GE(static_cast<unsigned char>(character), 0x20) << text;
  }
}

TEST(EncodeTable, ShowsGroupsBelowTheContainers) {
  const Report report = ReportBuilder()
                            .group(GroupKind::kSlice, "system.slice", "/system.slice", "systemd")
                            .point("cpu.percent_of_core", Stat::kMean, 90)
                            .container("web", "111111111111111")
                            .point("cpu.percent_of_core", Stat::kMean, 0.5)
                            .pod()
                            .point("cpu.percent_of_core", Stat::kMean, 1)
                            .build();
  EXPECT_EQ(table(report),
            "2023-11-14 22:13:20 UTC  db1  1 container, 2 groups, the last 10 s\n"
            "CONTAINER  ID            CPU %\n"
            "web        111111111111   0.50\n"
            "GROUP         KIND   CPU %\n"
            "system.slice  slice  90.00\n"
            "prod_shop-0   pod     1.00\n"
            "\n");
}

}  // namespace
}  // namespace squid
