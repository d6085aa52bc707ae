#include "aggregate/sample_window.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

SampleWindow window_of(int count) {
  SampleWindow window;
  // Not in order: 7 has no factor in common with the counts below.
  for (int i = 0; i < count; ++i) window.add((i * 7) % count + 1);
  return window;
}

TEST(SampleWindow, UpperIsTheLargestOfTheLowestPercent) {
  SampleWindow window = window_of(10);
  EXPECT_EQ(window.upper(90), 9);
  EXPECT_EQ(window.upper(50), 5);
  EXPECT_EQ(window.upper(100), 10);
  EXPECT_EQ(window.upper(10), 1);
}

TEST(SampleWindow, RoundsAsStatsdDoes) {
  SampleWindow window = window_of(5);
  EXPECT_EQ(window.upper(90), 5) << "4.5 of 5 samples are 5";
  EXPECT_EQ(window.upper(50), 3) << "2.5 are 3";
  EXPECT_EQ(window.upper(9), std::nullopt) << "0.45 are none";
}

TEST(SampleWindow, OfOneSampleIsThatSample) {
  SampleWindow window = window_of(1);
  EXPECT_EQ(window.upper(90), 1);
  EXPECT_EQ(window.upper(1), 1);
}

TEST(SampleWindow, OfNothingIsNothing) {
  SampleWindow window;
  EXPECT_EQ(window.upper(90), std::nullopt);
  window.add(5);
  window.clear();
  EXPECT_EQ(window.upper(90), std::nullopt);
}

TEST(SampleWindow, ThinsOutEvenlyBeyondItsLimit) {
  SampleWindow window;
  constexpr int kCount = 10 * SampleWindow::kLimit;
  for (int i = 1; i <= kCount; ++i) window.add(i);
  const double upper = window.upper(90).value();
  EXPECT_NEAR(upper, 0.9 * kCount, 0.01 * kCount);
  EXPECT_NEAR(window.upper(10).value(), 0.1 * kCount, 0.01 * kCount);
}

TEST(SampleWindow, IsExactAgainAfterAClear) {
  SampleWindow window;
  for (std::size_t i = 0; i < 3 * SampleWindow::kLimit; ++i) window.add(1e9);
  window.clear();
  for (int i = 1; i <= 10; ++i) window.add(i);
  EXPECT_EQ(window.upper(90), 9);
  EXPECT_EQ(window.upper(10), 1);
}

}  // namespace
}  // namespace squid
