#include "pipeline/report_merger.h"

#include <gtest/gtest.h>

#include <limits>

#include "sinks/encode/table_value.h"
#include "support/report_builder.h"

namespace squid {
namespace {

std::shared_ptr<const Report> shared(const ReportBuilder& builder, std::int64_t time_s, double interval_s) {
  auto report = std::make_shared<Report>(builder.build());
  report->time_s = time_s;
  report->interval_s = interval_s;
  return report;
}

double value(const Report& report, std::size_t subject, const char* metric, Stat stat) {
  return table_value(report.subjects.at(subject), &metric_named(metric), stat).value_or(-1);
}

ReportBuilder web(double value) {
  ReportBuilder builder;
  builder.container("web", "0123");
  for (const Stat stat : {Stat::kLast, Stat::kMean, Stat::kLower, Stat::kUpper, Stat::kCount, Stat::kRaw})
    builder.point("cpu.total", stat, value);
  return builder;
}

TEST(ReportMerger, NothingBecomesNothing) {
  ReportMerger merger;
  EXPECT_EQ(merger.take(), nullptr);
}

TEST(ReportMerger, EachStatisticInItsWay) {
  ReportMerger merger;
  merger.add(shared(web(6), 10, 10));
  merger.add(shared(web(3), 15, 5));
  merger.add(shared(web(9), 30, 15));
  const auto report = merger.take();
  EXPECT_EQ(report->time_s, 30);
  EXPECT_EQ(report->interval_s, 30);
  ASSERT_EQ(report->subjects.size(), 1U);
  EXPECT_EQ(report->subjects[0].points.size(), 6U);
  EXPECT_EQ(value(*report, 0, "cpu.total", Stat::kLast), 9);
  EXPECT_EQ(value(*report, 0, "cpu.total", Stat::kRaw), 9);
  EXPECT_EQ(value(*report, 0, "cpu.total", Stat::kMean), (6 * 10 + 3 * 5 + 9 * 15) / 30.0);
  EXPECT_EQ(value(*report, 0, "cpu.total", Stat::kLower), 3);
  EXPECT_EQ(value(*report, 0, "cpu.total", Stat::kUpper), 9);
  EXPECT_EQ(value(*report, 0, "cpu.total", Stat::kCount), 18);
  EXPECT_EQ(merger.take(), nullptr);
}

TEST(ReportMerger, WhoCameOrWentKeepsWhatItHad) {
  ReportMerger merger;
  merger.add(shared(ReportBuilder()
                        .container("gone", "1")
                        .point("cpu.total", Stat::kMean, 4)
                        .container("web", "2")
                        .point("pids.current", Stat::kLast, 1)
                        .point("cpu.total", Stat::kMean, 2),
                    10, 10));
  // In another order, with a metric more, and another that is not known now.
  merger.add(shared(ReportBuilder()
                        .container("renamed", "2")
                        .point("cpu.total", Stat::kMean, 4)
                        .point("memory.usage", Stat::kLast, 7)
                        .squid_itself()
                        .point("squid.pass.count", Stat::kLast, 5),
                    20, 10));
  const auto report = merger.take();
  ASSERT_EQ(report->subjects.size(), 3U);
  EXPECT_EQ(value(*report, 0, "cpu.total", Stat::kMean), 4);
  EXPECT_EQ(report->subjects[1].container->name, "renamed");
  EXPECT_EQ(value(*report, 1, "cpu.total", Stat::kMean), 3);
  EXPECT_EQ(value(*report, 1, "pids.current", Stat::kLast), 1);
  EXPECT_EQ(value(*report, 1, "memory.usage", Stat::kLast), 7);
  EXPECT_EQ(report->subjects[2].container, nullptr);
}

TEST(ReportMerger, WhatIsNoNumberCountsForNothing) {
  ReportMerger merger;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  merger.add(shared(ReportBuilder().container("a", "1").point("cpu.total", Stat::kMean, nan), 10, 10));
  merger.add(shared(ReportBuilder().container("a", "1").point("cpu.total", Stat::kMean, 4), 20, 10));
  merger.add(shared(ReportBuilder().container("a", "1").point("cpu.total", Stat::kMean, nan), 30, 10));
  EXPECT_EQ(value(*merger.take(), 0, "cpu.total", Stat::kMean), 4);
}

TEST(ReportMerger, KeepsWhatTheSourceTellsOfTheHost) {
  auto report = std::make_shared<Report>(
      ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 1).build());
  report->subjects[0].host = std::make_shared<const HostIdentity>(HostIdentity{"db9", {{"zone", "b"}}});
  ReportMerger merger;
  merger.add(report);
  merger.add(report);
  EXPECT_EQ(merger.take()->subjects.at(0).host, report->subjects[0].host);
}

TEST(ReportMerger, AGroupIsNotTheContainerOfThatId) {
  ReportMerger merger;
  ReportBuilder builder;
  builder.container("a", "x").point("cpu.total", Stat::kMean, 1);
  builder.group(GroupKind::kSlice, "a", "x", "systemd").point("cpu.total", Stat::kMean, 2);
  merger.add(shared(builder, 10, 10));
  EXPECT_EQ(merger.take()->subjects.size(), 2U);
}

TEST(ReportMerger, KeepsAllEventsAndTheNewestOfStatsd) {
  ReportMerger merger;
  for (const int number : {1, 2}) {
    ReportBuilder builder;
    builder.whole_names(std::make_shared<int>(number)).point("cpu.total", Stat::kValue, number);
    auto report = std::make_shared<Report>(builder.build());
    report->events.push_back(
        {.kind = EventKind::kStart, .time_s = number, .container = nullptr, .process = ""});
    merger.add(report);
  }
  const auto report = merger.take();
  EXPECT_EQ(report->events.size(), 2U);
  ASSERT_EQ(report->subjects.size(), 1U);
  EXPECT_EQ(report->subjects[0].points[0].value, 2);
}

}  // namespace
}  // namespace squid
