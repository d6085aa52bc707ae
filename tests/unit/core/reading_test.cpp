#include "core/reading.h"

#include <gtest/gtest.h>

#include <limits>

namespace squid {
namespace {

TEST(Reading, MissingIsNotZero) {
  const Reading missing;
  const Reading zero = 0;
  EXPECT_FALSE(missing.has_value());
  EXPECT_TRUE(zero.has_value());
  EXPECT_NE(missing, zero);
  EXPECT_EQ(missing, Reading{});
  EXPECT_EQ(*zero, 0U);
  EXPECT_EQ(missing.value_or(7), 7U);
  EXPECT_EQ(zero.value_or(7), 0U);
}

TEST(Reading, HoldsTheLargestKernelCounter) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max() - 1;
  EXPECT_EQ(*Reading{kLargest}, kLargest);
}

TEST(Reading, CanBeForgotten) {
  Reading reading = 5;
  reading.reset();
  EXPECT_FALSE(reading.has_value());
}

TEST(Reading, IsAsSmallAsItsNumber) {
  EXPECT_EQ(sizeof(Reading), sizeof(std::uint64_t));
}

}  // namespace
}  // namespace squid
