#include "statsd/timer_values.h"

#include <gtest/gtest.h>

#include <cmath>

namespace squid::statsd {
namespace {

TEST(TimerValues, BeyondTheLimitItIsOffByOnePercentAtMost) {
  TimerValues values;
  std::ptrdiff_t kept = 0;
  constexpr int kCount = 100'000;
  for (int i = 1; i <= kCount; ++i) kept += values.add(static_cast<double>((i * 7919) % kCount + 1) / 8);
  EXPECT_EQ(kept, 0);
  EXPECT_FALSE(values.exact());
  EXPECT_EQ(values.kept(), 0U);
  values.sort();
  EXPECT_EQ(values.at_rank(1), 1.0 / 8);
  EXPECT_EQ(values.at_rank(kCount), kCount / 8.0);
  for (const int rank : {2, 100, 50'000, 90'000, 99'900}) {
    const double exact = rank / 8.0;
    EXPECT_NEAR(values.at_rank(static_cast<std::size_t>(rank)), exact, exact * 0.01 + 1e-9) << rank;
  }
  const double sum = kCount / 8.0 * (kCount + 1) / 2;
  EXPECT_NEAR(values.lowest(kCount).sum, sum, sum * 1e-9);
  EXPECT_NEAR(values.lowest(kCount / 2).sum, sum / 4, sum / 4 * 0.01);
  EXPECT_NEAR(values.deviation(), kCount / 8.0 / std::sqrt(12.0), 1);
  EXPECT_NEAR(static_cast<double>(values.below(6250)), 50'000, 1'000);
}

TEST(TimerValues, SketchesOrderNegativeNumbersToo) {
  TimerValues values;
  for (const double value : {-100.0, 5.0, 0.0, -1.0, 1e-300, 1e300}) values.add(value);
  values.sketch();
  values.sort();
  EXPECT_EQ(values.at_rank(1), -100);
  EXPECT_NEAR(values.at_rank(2), -1, 0.01);
  EXPECT_EQ(values.at_rank(3), 0);
  EXPECT_NEAR(values.at_rank(5), 5, 0.05);
  EXPECT_EQ(values.at_rank(6), 1e300);
}

TEST(TimerValues, BeginsAnew) {
  TimerValues values;
  for (std::size_t i = 0; i <= TimerValues::kMostExact; ++i) values.add(1);
  values.clear();
  EXPECT_EQ(values.add(4), 1);
  EXPECT_TRUE(values.exact());
  values.sort();
  EXPECT_EQ(values.at_rank(1), 4);
  EXPECT_EQ(values.count(), 1U);
}

// 1 to `count`, every `step`th.
TimerValues values_up_to(int count, int first, int step) {
  TimerValues values;
  for (int i = first; i <= count; i += step) values.add(i);
  return values;
}

TEST(TimerValues, TwoOfThemAreAsOne) {
  constexpr int kMost = static_cast<int>(TimerValues::kMostExact);
  for (const int count : {1, 10, kMost, kMost + 1, 5 * kMost}) {
    TimerValues odd = values_up_to(count, 1, 2);
    TimerValues even = values_up_to(count, 2, 2);
    even.merge(odd);
    even.sort();
    const bool is_exact = count <= kMost;
    EXPECT_EQ(even.exact(), is_exact) << count;
    EXPECT_EQ(even.count(), static_cast<std::size_t>(count));
    EXPECT_EQ(even.at_rank(1), 1);
    EXPECT_EQ(even.at_rank(even.count()), count);
    const double sum = count / 2.0 * (count + 1);
    EXPECT_NEAR(even.lowest(even.count()).sum, sum, sum * 1e-9);
    const double middle = (count + 1) / 2;
    EXPECT_NEAR(even.at_rank(static_cast<std::size_t>(middle)), middle, is_exact ? 0 : middle * 0.01);
  }
}

}  // namespace
}  // namespace squid::statsd
