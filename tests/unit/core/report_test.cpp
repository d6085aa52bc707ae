#include "core/report.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

constexpr MetricInfo kRate{"cpu.total", "ns/s", MetricKind::kCounter, "help"};
constexpr MetricInfo kGauge{"memory.usage", "bytes", MetricKind::kGauge, "help"};

TEST(PercentileName, IsWhatStatsdCallsIt) {
  EXPECT_EQ(percentile_name(90), "upper_90");
  EXPECT_EQ(percentile_name(99.9), "upper_99_9");
  EXPECT_EQ(percentile_name(50.0), "upper_50");
}

TEST(Report, NamesTheStatisticOfAPoint) {
  Report report;
  report.percentiles = {90, 99.9};
  EXPECT_EQ(report.stat_name({.metric = &kRate, .stat = Stat::kMean, .value = 1}), "mean");
  EXPECT_EQ(report.stat_name({.metric = &kRate, .stat = Stat::kUpperPercentile, .percentile = 1, .value = 1}),
            "upper_99_9");
}

TEST(Report, ACountHasTheUnitOfWhatIsCounted) {
  EXPECT_EQ(Report::unit({.metric = &kRate, .stat = Stat::kMean, .value = 1}), "ns/s");
  EXPECT_EQ(Report::unit({.metric = &kRate, .stat = Stat::kCount, .value = 1}), "ns");
  EXPECT_EQ(Report::unit({.metric = &kRate, .stat = Stat::kRaw, .value = 1}), "ns");
  EXPECT_EQ(Report::unit({.metric = &kGauge, .stat = Stat::kLast, .value = 1}), "bytes");
}

}  // namespace
}  // namespace squid
