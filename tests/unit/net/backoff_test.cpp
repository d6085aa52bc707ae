#include "net/backoff.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesItsBoundUpToTheCap) {
  // As near to the bound as the random number allows.
  Backoff backoff([] { return 0.999999; });
  std::vector<milliseconds::rep> waits(10);
  for (milliseconds::rep& wait : waits) wait = backoff.next().count();
  EXPECT_EQ(waits,
            (std::vector<milliseconds::rep>{249, 499, 999, 1999, 3999, 7999, 15999, 29999, 29999, 29999}));
}

TEST(Backoff, WaitsLessLongForAsMuchAsThereIsToDeliver) {
  constexpr std::uint64_t kMegabyte = 1'000'000;
  const BackoffLimits limits{.connecting = milliseconds(4000), .bytes_per_second = 4 * kMegabyte};
  Backoff backoff([] { return 0.999999; }, limits);
  for (int i = 0; i < 8; ++i) (void)backoff.next();
  EXPECT_EQ(backoff.next(0), milliseconds(29'999));
  EXPECT_EQ(backoff.next(1), milliseconds(25'999));
  EXPECT_EQ(backoff.next(4 * kMegabyte), milliseconds(24'999));
  EXPECT_EQ(backoff.next(60 * kMegabyte), milliseconds(10'999));
  EXPECT_EQ(backoff.next(84 * kMegabyte), milliseconds(4'999));
  EXPECT_EQ(backoff.next(100'000 * kMegabyte), milliseconds(4'999));
  EXPECT_EQ(backoff.next(0), milliseconds(29'999)) << "the bound is not forgotten";
  // What is waited is what is left for it: so that the whole of it stays below the cap.
  for (std::uint64_t bytes = 1; bytes <= 84 * kMegabyte; bytes += kMegabyte)
    EXPECT_LE(backoff.next(bytes) + limits.connecting + milliseconds(bytes / 4000), limits.cap) << bytes;
}

TEST(Backoff, WhatThereIsToDeliverMakesNoFirstWaitLonger) {
  Backoff backoff([] { return 0.5; });
  EXPECT_EQ(backoff.next(1), milliseconds(125));
  EXPECT_EQ(backoff.next(1'000'000'000), milliseconds(250));
}

TEST(Backoff, JittersOverTheWholeRange) {
  Backoff none([] { return 0.0; });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(none.next(), milliseconds(0));
  Backoff half([] { return 0.5; });
  EXPECT_EQ(half.next(), milliseconds(125));
  EXPECT_EQ(half.next(), milliseconds(250));
}

TEST(Backoff, BeginsAgainAfterSuccess) {
  Backoff backoff([] { return 0.5; }, {milliseconds(100), milliseconds(1000)});
  for (int i = 0; i < 8; ++i) (void)backoff.next();
  EXPECT_EQ(backoff.next(), milliseconds(500));
  backoff.reset();
  EXPECT_EQ(backoff.next(), milliseconds(50));
}

TEST(Backoff, ItsOwnRandomStaysInRangeAndVaries) {
  const Backoff::Random random = Backoff::default_random();
  double lowest = 1;
  double highest = 0;
  for (int i = 0; i < 1000; ++i) {
    const double value = random();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  EXPECT_LT(lowest, 0.1);
  EXPECT_GT(highest, 0.9);
}

}  // namespace
}  // namespace squid
