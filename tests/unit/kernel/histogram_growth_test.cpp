#include "kernel/histogram_growth.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

void count(histogram& histogram, std::uint64_t duration_us, std::uint32_t times = 1) {
  histogram.buckets[histogram_bucket(duration_us * 1000)] += times;
  histogram.sum_ns += duration_us * 1000 * times;
}

TEST(HistogramBucket, GrowsWithTheDurationAndNeverLeavesTheArray) {
  std::uint32_t last = 0;
  for (std::uint64_t ns = 0; ns < std::uint64_t{1} << 57; ns = ns * 33 / 32 + 200) {
    const std::uint32_t bucket = histogram_bucket(ns);
    EXPECT_GE(bucket, last) << ns;
    EXPECT_LE(bucket, last + 1) << ns;
    ASSERT_LT(bucket, HISTOGRAM_BUCKETS);
    last = bucket;
  }
  EXPECT_EQ(last, HISTOGRAM_BUCKETS - 1);
  EXPECT_EQ(histogram_bucket(~std::uint64_t{0}), HISTOGRAM_BUCKETS - 1);
}

// Multiplied, not divided; wrong would show where one microsecond ends and the next begins.
TEST(Histogram, MicrosecondsAreWhole) {
  for (std::uint64_t us = 1; us < 39'000'000; us += us / 64 + 1) {
    EXPECT_EQ(histogram_us(us * 1000 - 1), us - 1);
    EXPECT_EQ(histogram_us(us * 1000), us);
  }
  for (std::uint32_t power = 0; power < HISTOGRAM_POWERS; ++power) {
    EXPECT_EQ(histogram_power(1U << power), power);
    EXPECT_EQ(histogram_power((2U << power) - 1), power);
  }
}

TEST(HistogramBucket, ItsMiddleIsAtMostASixteenthOff) {
  for (std::uint64_t us = 8; us < std::uint64_t{1} << 26; us = us * 33 / 32 + 1) {
    const double middle = bucket_middle_us(histogram_bucket(us * 1000));
    const auto truth = static_cast<double>(us);
    EXPECT_NEAR(middle, truth, truth / 16) << us;
  }
  EXPECT_EQ(bucket_middle_us(histogram_bucket(3'500)), 3.5);
}

TEST(HistogramGrowth, TellsOnlyWhatCameSince) {
  histogram before{};
  count(before, 100'000, 50);
  histogram now = before;
  count(now, 10, 9);
  count(now, 1000);
  const HistogramGrowth growth(before, now);
  EXPECT_EQ(growth.count(), 10U);
  EXPECT_DOUBLE_EQ(*growth.mean_us(), 109.0);
  EXPECT_DOUBLE_EQ(*growth.upper_us(), bucket_middle_us(histogram_bucket(1'000'000)));
  EXPECT_DOUBLE_EQ(*growth.upper_us(90), 10.5);
  EXPECT_DOUBLE_EQ(*growth.upper_us(95), *growth.upper_us()) << "10 of 10";
}

TEST(HistogramGrowth, NothingIsAbsentAndNotZero) {
  const histogram still{};
  const HistogramGrowth growth(still, still);
  EXPECT_EQ(growth.count(), 0U);
  EXPECT_FALSE(growth.mean_us());
  EXPECT_FALSE(growth.upper_us());
  EXPECT_FALSE(growth.upper_us(90));
}

TEST(HistogramGrowth, APercentileOfOneValueIsThatValue) {
  histogram now{};
  count(now, 5);
  EXPECT_DOUBLE_EQ(*HistogramGrowth(histogram{}, now).upper_us(1), 5.5);
}

TEST(HistogramGrowth, ACounterThatWrappedAroundHasStillGrown) {
  histogram before{};
  before.buckets[3] = ~std::uint32_t{0};
  histogram now = before;
  now.buckets[3] += 2;
  EXPECT_EQ(HistogramGrowth(before, now).count(), 2U);
}

TEST(AddHistogram, SumsBucketsAndTimes) {
  histogram sum{};
  histogram part{};
  count(part, 7, 2);
  add_histogram(sum, part);
  add_histogram(sum, part);
  EXPECT_EQ(sum.buckets[7], 4U);
  EXPECT_EQ(sum.sum_ns, 28'000U);
}

}  // namespace
}  // namespace squid
