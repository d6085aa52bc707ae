#include "core/cgroup_id.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(CgroupId, OfV2IsTheKernelsOwn) {
  EXPECT_EQ(CgroupId::of(0, 12345).value, 12345U);
}

TEST(CgroupId, TwoHierarchiesNeverShareOne) {
  EXPECT_NE(CgroupId::of(1, 12345), CgroupId::of(2, 12345));
  EXPECT_NE(CgroupId::of(1, 12345), CgroupId::of(0, 12345));
}

TEST(CgroupId, NoneIsInvalid) {
  EXPECT_FALSE(CgroupId{}.valid());
  EXPECT_TRUE(CgroupId::of(0, 1).valid());
}

}  // namespace
}  // namespace squid
