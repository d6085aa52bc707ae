#include "cgroupfs/file_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace squid {
namespace {

TEST(RaiseFileLimit, TakesWhatTheHardLimitAllows) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit lowered = before;
  lowered.rlim_cur = before.rlim_max / 2;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);

  const auto limit = raise_file_limit();
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);

  ASSERT_TRUE(limit.has_value());
  EXPECT_EQ(*limit, before.rlim_max);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
}

TEST(ComputeFileBudget, LeavesSomeToTheOthersAndHasAnEnd) {
  EXPECT_EQ(compute_file_budget(10'000), 10'000 - kReservedFiles);
  EXPECT_EQ(compute_file_budget(1024), 512U);
  EXPECT_EQ(compute_file_budget(100), 50U);
  EXPECT_EQ(compute_file_budget(0), 0U);
  EXPECT_EQ(compute_file_budget(RLIM_INFINITY), kMostKeptFiles);
}

}  // namespace
}  // namespace squid
