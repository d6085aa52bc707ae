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

// What String(number) is in JavaScript.
TEST(WriteNumber, WritesExtremesAsJavaScriptDoes) {
  EXPECT_EQ(written(0.00012345), "0.00012345");
  EXPECT_EQ(written(0.00001), "0.00001");
  EXPECT_EQ(written(-0.000001234), "-0.000001234");
  EXPECT_EQ(written(-0.0000012345678901234567), "-0.0000012345678901234567");
  EXPECT_EQ(written(1e-7), "1e-7");
  EXPECT_EQ(written(-1.25e-10), "-1.25e-10");
  EXPECT_EQ(written(5e-324), "5e-324");
  EXPECT_EQ(written(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(written(1e16), "10000000000000000");
  EXPECT_EQ(written(-1e20), "-100000000000000000000");
  EXPECT_EQ(written(123456789012345678901.0), "123456789012345680000");
  EXPECT_EQ(written(999999999999999868928.0), "999999999999999900000");
  EXPECT_EQ(written(1e21), "1e+21");
  EXPECT_EQ(written(-1.7976931348623157e308), "-1.7976931348623157e+308");
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
