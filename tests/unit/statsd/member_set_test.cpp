#include "statsd/member_set.h"

#include <gtest/gtest.h>

#include <string>

#include "statsd/seeded_hash.h"

namespace squid::statsd {
namespace {

MemberSet set_of(int members, std::ptrdiff_t& kept) {
  const SeededHash hash(42);
  MemberSet set;
  for (int i = 0; i < members; ++i) kept += set.add(hash("user-" + std::to_string(i)));
  return set;
}

TEST(MemberSet, ExactUpToItsLimit) {
  std::ptrdiff_t kept = 0;
  const int most = MemberSet::kMostExact;
  const MemberSet set = set_of(most, kept);
  EXPECT_EQ(set.count(), most);
  EXPECT_EQ(kept, most);
  EXPECT_TRUE(set.exact());
}

TEST(MemberSet, CloseBeyondIt) {
  for (const int members : {5'000, 20'000, 40'000, 300'000}) {
    std::ptrdiff_t kept = 0;
    const MemberSet set = set_of(members, kept);
    EXPECT_FALSE(set.exact());
    EXPECT_EQ(kept, 0);
    EXPECT_NEAR(set.count(), members, members * 0.03);
  }
}

TEST(MemberSet, OneMemberCountsOnce) {
  MemberSet set;
  EXPECT_EQ(set.add(7), 1);
  EXPECT_EQ(set.add(7), 0);
  EXPECT_EQ(set.count(), 1);
  set.estimate();
  set.add(7);
  EXPECT_EQ(set.count(), 1);
}

TEST(MemberSet, TwoOfThemCountEachMemberOnce) {
  for (const int members : {10, 4'000, 5'000}) {
    std::ptrdiff_t kept = 0;
    MemberSet one = set_of(members, kept);
    MemberSet more = set_of(members * 3 / 2, kept);
    one.merge(more);
    const double expected = members * 3 / 2;
    EXPECT_NEAR(one.count(), expected, expected <= MemberSet::kMostExact ? 0 : expected * 0.03) << members;
  }
  MemberSet empty;
  std::ptrdiff_t kept = 0;
  MemberSet few = set_of(3, kept);
  empty.merge(few);
  EXPECT_EQ(empty.count(), 3);
}

}  // namespace
}  // namespace squid::statsd
