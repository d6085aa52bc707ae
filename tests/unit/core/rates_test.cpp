#include "core/rates.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace squid {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint16_t row_of(std::string_view name) {
  for (std::uint16_t i = 0; i < kMetricCount; ++i)
    if (kMetricTable[i].info.name == name) return i;
  ADD_FAILURE() << "no metric " << name;
  return 0;
}

MetricValue rate(std::string_view metric, const CgroupSample& before, const CgroupSample& now) {
  const std::vector<std::uint16_t> rows{row_of(metric)};
  std::vector<MetricValue> values(1);
  compute_rates(rows, before, now, values);
  return values[0];
}

CgroupSample at(std::uint64_t time_ns) {
  CgroupSample sample;
  sample.taken_ns.fill(time_ns);
  return sample;
}

CgroupSample cpu_at(std::uint64_t time_ns, Reading total_ns) {
  CgroupSample sample = at(time_ns);
  sample.cpu_total_ns = total_ns;
  return sample;
}

TEST(ComputeRates, ACounterIsItsGrowthPerSecond) {
  const MetricValue value = rate("cpu.total", cpu_at(kSecond, 100), cpu_at(3 * kSecond, 500));
  EXPECT_DOUBLE_EQ(value.value, 200);
  EXPECT_DOUBLE_EQ(value.growth, 400);
  EXPECT_DOUBLE_EQ(value.seconds, 2);
  EXPECT_DOUBLE_EQ(value.raw, 500);
}

TEST(ComputeRates, PercentOfCoreAndOfLimit) {
  CgroupSample before = cpu_at(kSecond, 0);
  CgroupSample now = cpu_at(2 * kSecond, kSecond / 2);
  EXPECT_DOUBLE_EQ(rate("cpu.percent_of_core", before, now).value, 50);
  EXPECT_FALSE(rate("cpu.percent_of_limit", before, now).has_value()) << "there is no limit";
  now.cpu_limit_ns_per_s = 2 * kSecond;
  EXPECT_DOUBLE_EQ(rate("cpu.percent_of_limit", before, now).value, 25);
  now.cpu_limit_ns_per_s = 0;
  EXPECT_FALSE(rate("cpu.percent_of_limit", before, now).has_value());
}

TEST(ComputeRates, BackwardsIsAbsentAndNeverNegative) {
  EXPECT_FALSE(rate("cpu.total", cpu_at(kSecond, 500), cpu_at(2 * kSecond, 100)).has_value());
  EXPECT_FALSE(rate("cpu.total", cpu_at(2 * kSecond, 100), cpu_at(kSecond, 500)).has_value());
  EXPECT_FALSE(rate("cpu.total", cpu_at(kSecond, 100), cpu_at(kSecond, 500)).has_value())
      << "no time has passed";
}

TEST(ComputeRates, StandingStillIsZeroAndMissingIsAbsent) {
  const MetricValue still = rate("cpu.total", cpu_at(kSecond, 100), cpu_at(2 * kSecond, 100));
  ASSERT_TRUE(still.has_value());
  EXPECT_EQ(still.value, 0);
  EXPECT_FALSE(rate("cpu.total", cpu_at(kSecond, {}), cpu_at(2 * kSecond, 100)).has_value());
  EXPECT_FALSE(rate("cpu.total", cpu_at(kSecond, 100), cpu_at(2 * kSecond, {})).has_value());
}

TEST(ComputeRates, GaugesNeedNoPast) {
  CgroupSample now = at(kSecond);
  now.memory_usage_bytes = 50;
  EXPECT_DOUBLE_EQ(rate("memory.usage", CgroupSample{}, now).value, 50);
  EXPECT_FALSE(rate("memory.percent_of_limit", CgroupSample{}, now).has_value());
  now.memory_limit_bytes = 200;
  EXPECT_DOUBLE_EQ(rate("memory.percent_of_limit", CgroupSample{}, now).value, 25);
  EXPECT_FALSE(rate("pids.current", CgroupSample{}, now).has_value());
}

TEST(Advance, WhatWasNotReadKeepsItsBase) {
  CgroupSample previous = at(kSecond);
  previous.cpu_total_ns = 100;
  previous.pressure_io_some_us = 1000;

  CgroupSample middle;
  middle.cpu_total_ns = 200;
  middle.set_taken(MetricGroup::kCpu, 2 * kSecond);
  advance(previous, middle);
  EXPECT_EQ(previous.cpu_total_ns, Reading{200});

  CgroupSample last = at(5 * kSecond);
  last.pressure_io_some_us = 41'000;
  const MetricValue value = rate("pressure.io.some", previous, last);
  ASSERT_TRUE(value.has_value());
  EXPECT_DOUBLE_EQ(value.seconds, 4);
  EXPECT_DOUBLE_EQ(value.value, 1) << "10 ms per second";
}

TEST(Advance, ACounterThatItsGroupWasReadWithoutHasNoBaseAnyMore) {
  CgroupSample previous = at(kSecond);
  previous.cpu_total_ns = 100;
  previous.cpu_user_ns = 100;

  CgroupSample middle = at(2 * kSecond);
  middle.cpu_total_ns = 200;
  advance(previous, middle);

  CgroupSample last = at(3 * kSecond);
  last.cpu_total_ns = 300;
  last.cpu_user_ns = 300;
  EXPECT_DOUBLE_EQ(rate("cpu.total", previous, last).value, 100);
  EXPECT_FALSE(rate("cpu.user", previous, last).has_value()) << "the growth of two seconds is no rate of one";
}

TEST(Advance, AfterACounterWentBackwardsItCountsOnFromThere) {
  CgroupSample previous = cpu_at(kSecond, 500);
  advance(previous, cpu_at(2 * kSecond, 100));
  EXPECT_DOUBLE_EQ(rate("cpu.total", previous, cpu_at(3 * kSecond, 160)).value, 60);
}

TEST(SampleBeforeBirth, CountsFromZero) {
  const CgroupSample before = sample_before_birth(CgroupId::of(0, 7), kSecond);
  EXPECT_EQ(before.id, CgroupId::of(0, 7));
  const MetricValue value = rate("cpu.total", before, cpu_at(2 * kSecond, 70));
  EXPECT_DOUBLE_EQ(value.growth, 70);
  EXPECT_DOUBLE_EQ(value.seconds, 1);
  for (const MetricRow& row : kMetricTable) {
    if (row.info.kind == MetricKind::kCounter)
      EXPECT_EQ(before.*row.member, Reading{0}) << row.info.name;
    else
      EXPECT_FALSE((before.*row.member).has_value()) << row.info.name;
  }
}

}  // namespace
}  // namespace squid
