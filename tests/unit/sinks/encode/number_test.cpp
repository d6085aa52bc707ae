#include "sinks/encode/number.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <random>

namespace squid {
namespace {

std::string written(double value) {
  char text[kNumberLength];
  return {text, write_number(text, value)};
}

TEST(WriteNumber, WritesWholeNumbersInFull) {
  EXPECT_EQ(written(0), "0");
  EXPECT_EQ(written(-7), "-7");
  EXPECT_EQ(written(100000), "100000");
  EXPECT_EQ(written(9007199254740991.0), "9007199254740991");
}

TEST(WriteNumber, WritesTheShortestThatReadsBack) {
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(12.5), "12.5");
  EXPECT_EQ(written(1.0 / 3), "0.3333333333333333");
}

TEST(WriteNumber, ReadsBackAsTheSameDouble) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const double value = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 2000) - 1000);
    const std::string text = written(value);
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
    ASSERT_LE(text.size(), kNumberLength);
  }
  for (const double value : {std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest(),
                             std::numeric_limits<double>::min(), -std::numeric_limits<double>::denorm_min()})
    EXPECT_EQ(std::strtod(written(value).c_str(), nullptr), value);
}

}  // namespace
}  // namespace squid
