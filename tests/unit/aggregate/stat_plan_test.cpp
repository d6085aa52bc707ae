#include "aggregate/stat_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

namespace squid {
namespace {

using testing::HasSubstr;

StatSet stats_of(const StatPlan& plan, std::string_view metric) {
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (kMetricTable[i].info.name == metric) return plan.stats[i];
  ADD_FAILURE() << "no metric " << metric;
  return {};
}

StatPlan plan_of(const std::vector<std::string>& choices) {
  const auto plan = compute_stat_plan(choices);
  EXPECT_TRUE(plan.has_value()) << plan.error().message;
  return plan ? *plan : StatPlan{};
}

std::string error_of(const std::vector<std::string>& choices) {
  const auto plan = compute_stat_plan(choices);
  EXPECT_FALSE(plan.has_value());
  return plan ? "" : plan.error().message;
}

TEST(StatPlan, DefaultsAreThoseOfTheTable) {
  const StatPlan plan = plan_of({});
  for (std::size_t i = 0; i < kMetricCount; ++i) EXPECT_EQ(plan.stats[i], kMetricTable[i].default_stats);
}

TEST(StatPlan, RowsAreTheOnesThatShip) {
  EXPECT_TRUE(plan_of({"none"}).rows().empty());
  const auto rows = plan_of({"none", "pids.current=last"}).rows();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(kMetricTable[rows[0]].info.name, "pids.current");
  EXPECT_EQ(plan_of({"all"}).rows().size(), kMetricCount);
}

TEST(StatPlan, TellsOfWhichGroupsEverySampleCounts) {
  const auto of_samples = [](const std::vector<std::string>& choices, MetricGroup group) {
    return (compute_stat_plan(choices).value().groups_of_samples() & group_bit(group)) != 0;
  };
  EXPECT_TRUE(of_samples({}, MetricGroup::kCpu));
  EXPECT_FALSE(of_samples({}, MetricGroup::kThrottling)) << "means of counters need no samples";
  EXPECT_FALSE(of_samples({}, MetricGroup::kMemoryStat));
  EXPECT_TRUE(of_samples({"memory.anon=mean"}, MetricGroup::kMemoryStat)) << "means of gauges do";
  EXPECT_TRUE(of_samples({"memory.working_set=upper"}, MetricGroup::kMemoryStat));
  EXPECT_TRUE(of_samples({"io.reads=upper_N"}, MetricGroup::kIo));
}

TEST(StatPlan, WhatIsNeededIsAnExtraOnlyWhereItDoesNotShip) {
  StatPlan plan = plan_of({"none", "pids.current=last"});
  plan.need("pids.current", Stat::kLast);
  plan.need("cpu.total", Stat::kRaw);
  ASSERT_EQ(plan.rows().size(), 2U);
  EXPECT_TRUE(plan.extras[plan.rows()[0]].has(Stat::kRaw));
  EXPECT_TRUE(plan.stats[plan.rows()[0]].empty());
  EXPECT_TRUE(plan.extras[plan.rows()[1]].empty());
}

TEST(StatPlan, PatternsChooseMetrics) {
  const StatPlan plan = plan_of({"memory.*=mean,upper_N", "memory.usage=raw,last"});
  EXPECT_EQ(stats_of(plan, "memory.anon"), StatSet::of({Stat::kMean, Stat::kUpperPercentile}));
  EXPECT_EQ(stats_of(plan, "memory.usage"), StatSet::of({Stat::kLast})) << "a gauge has no raw value";
  EXPECT_EQ(stats_of(plan, "pids.current"), StatSet::of({Stat::kLast, Stat::kUpper})) << "not named: default";
}

TEST(StatPlan, LaterChoicesOverruleEarlierOnes) {
  EXPECT_EQ(stats_of(plan_of({"cpu.total=last", "cpu.*=lower"}), "cpu.total"), StatSet::of({Stat::kLower}));
  EXPECT_EQ(stats_of(plan_of({"all", "cpu.total=default"}), "cpu.total"), StatSet::of({Stat::kMean}));
}

TEST(StatPlan, CountsOnlyWhereSomethingIsCounted) {
  const StatPlan plan = plan_of({"all"});
  EXPECT_TRUE(stats_of(plan, "cpu.total").has(Stat::kCount));
  EXPECT_TRUE(stats_of(plan, "cpu.total").has(Stat::kRaw));
  EXPECT_FALSE(stats_of(plan, "cpu.percent_of_core").has(Stat::kCount));
  EXPECT_FALSE(stats_of(plan, "memory.usage").has(Stat::kCount));
}

TEST(StatPlan, MistakesAreNamed) {
  EXPECT_THAT(error_of({"cpu.total=average"}), HasSubstr("'average' is no statistic"));
  EXPECT_THAT(error_of({"cpu.totl=mean"}), HasSubstr("no metric is called 'cpu.totl'"));
  EXPECT_THAT(error_of({"mean,"}), HasSubstr("'' is no statistic"));
  EXPECT_THAT(error_of({""}), HasSubstr("'' is no statistic"));
}

}  // namespace
}  // namespace squid
