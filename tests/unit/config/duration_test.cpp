#include "config/duration.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

TEST(Duration, TakesWhatGoTakes) {
  const std::pair<const char*, nanoseconds> cases[] = {
      {"100ms", 100ms}, {"1s", 1s}, {"1.5h", 90min},   {"1m30s", 90s},  {"250us", 250us},
      {"7ns", 7ns},     {"0s", 0s}, {"2h45m", 165min}, {"0.5s", 500ms}, {"3µs", 3us},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, expected) << text;
  }
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text :
       {"", "5", "s", "1 s", "-1s", "1x", "1s2", "1e3s", "inf", "nan", "1ss", "99999999999h"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, PrintsOneUnit) {
  EXPECT_EQ(format_duration(100ms), "100ms");
  EXPECT_EQ(format_duration(1500ms), "1.5s");
  EXPECT_EQ(format_duration(10s), "10s");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(2min), "2m");
  EXPECT_EQ(format_duration(24h), "24h");
  EXPECT_EQ(format_duration(5us), "5us");
}

}  // namespace
}  // namespace squid
