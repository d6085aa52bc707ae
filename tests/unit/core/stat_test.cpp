#include "core/stat.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(StatSet, HoldsWhatWasAdded) {
  StatSet set;
  EXPECT_TRUE(set.empty());
  set.add(Stat::kUpper);
  set.add(Stat::kRaw);
  EXPECT_TRUE(set.has(Stat::kUpper));
  EXPECT_TRUE(set.has(Stat::kRaw));
  EXPECT_FALSE(set.has(Stat::kMean));
  EXPECT_EQ(set, StatSet::of({Stat::kRaw, Stat::kUpper}));
}

}  // namespace
}  // namespace squid
