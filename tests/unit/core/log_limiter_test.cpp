#include "core/log_limiter.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

using std::chrono::minutes;

TEST(LogLimiter, EachCauseOncePerTenMinutes) {
  LogLimiter limiter;
  EXPECT_TRUE(limiter.allow("disk", minutes(0)));
  EXPECT_FALSE(limiter.allow("disk", minutes(9)));
  EXPECT_TRUE(limiter.allow("net", minutes(9)));
  EXPECT_TRUE(limiter.allow("disk", minutes(10)));
  EXPECT_FALSE(limiter.allow("disk", minutes(19)));
}

TEST(LogLimiter, BeyondTheLimitCausesShareOnePause) {
  LogLimiter limiter;
  for (std::size_t i = 0; i < LogLimiter::kMostCauses; ++i)
    EXPECT_TRUE(limiter.allow("cause " + std::to_string(i), minutes(0)));
  EXPECT_TRUE(limiter.allow("one more", minutes(0)));
  EXPECT_FALSE(limiter.allow("yet another", minutes(1)));
  EXPECT_FALSE(limiter.allow("cause 3", minutes(1))) << "known ones keep their own";
  EXPECT_TRUE(limiter.allow("yet another", minutes(11)));
}

}  // namespace
}  // namespace squid
