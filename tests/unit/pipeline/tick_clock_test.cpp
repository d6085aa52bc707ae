#include "pipeline/tick_clock.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

using namespace std::chrono_literals;
using Time = TickClock::Time;

// A wall clock that is ahead of the steady one by a number that is no multiple of anything.
constexpr Time kOffset = 1'700'000'003'217ms;
constexpr Time wall(Time steady) {
  return steady + kOffset;
}

TEST(TickClock, TicksFallOnRoundWallTimes) {
  TickClock clock(1s, 10s);
  clock.start(5s, wall(5s));
  EXPECT_EQ(wall(clock.deadline()) % 1s, 0ns);
  EXPECT_GT(clock.deadline(), 5s);
  EXPECT_LE(clock.deadline(), 6s);
}

TEST(TickClock, DeadlinesDoNotDriftWithLatePasses) {
  TickClock clock(1s, 10s);
  clock.start(0s, wall(0s));
  const Time first = clock.deadline();
  for (int i = 1; i <= 100; ++i) {
    const Time late = clock.deadline() + 3ms;
    EXPECT_EQ(clock.advance(late, wall(late)), 0U);
    EXPECT_EQ(clock.deadline(), first + i * 1s);
  }
}

TEST(TickClock, MissedTicksAreCountedAndSkipped) {
  TickClock clock(100ms, 1s);
  clock.start(0s, wall(0s));
  const Time now = clock.deadline() + 350ms;
  EXPECT_EQ(clock.advance(now, wall(now)), 3U);
  EXPECT_GT(clock.deadline(), now);
  EXPECT_LE(clock.deadline(), now + 100ms);
}

TEST(TickClock, EveryWindowEndsOnceOnARoundTime) {
  TickClock clock(1s, 10s);
  clock.start(0s, wall(0s));
  int flushes = 0;
  for (int i = 0; i < 40; ++i) {
    const Time now = clock.deadline();
    if (const auto boundary = clock.flush_due(wall(now))) {
      EXPECT_EQ(*boundary % 10s, 0ns);
      EXPECT_LE(wall(now) - *boundary, 1s);
      ++flushes;
    }
    clock.advance(now, wall(now));
  }
  EXPECT_EQ(flushes, 4);
}

TEST(TickClock, ATickAHairEarlyStillEndsItsWindow) {
  TickClock clock(1s, 10s);
  clock.start(0s, 1'000'000s);
  EXPECT_FALSE(clock.flush_due(1'000'009s));
  EXPECT_EQ(clock.flush_due(1'000'010s - 2ms), Time(1'000'010s));
  EXPECT_FALSE(clock.flush_due(1'000'010s + 1ms));
}

TEST(TickClock, AWindowIsAsLongAsTheWallClockSaysUnlessItWasSet) {
  EXPECT_EQ(TickClock::window_seconds(10s, 10s + 30ms), 10);
  EXPECT_EQ(TickClock::window_seconds(10s, 7s), 10) << "the one before was late";
  EXPECT_EQ(TickClock::window_seconds(3610s, 10s), 10);
  EXPECT_EQ(TickClock::window_seconds(-50s, 10s), 10);
  EXPECT_EQ(TickClock::window_seconds(0s, 10s), 10);
}

TEST(TickClock, FollowsAWallClockThatWasSet) {
  TickClock clock(1s, 10s);
  clock.start(0s, 1'000'000s);
  const Time now = clock.deadline();
  clock.advance(now, 2'000'000s + 400ms);
  EXPECT_EQ((2'000'000s + 400ms + (clock.deadline() - now)) % 1s, 0ns);
  EXPECT_TRUE(clock.flush_due(2'000'000s + 400ms));
  // Set back by a day: reports go on, they do not wait for the day to pass.
  EXPECT_TRUE(clock.flush_due(2'000'000s - 24h));
}

}  // namespace
}  // namespace squid
