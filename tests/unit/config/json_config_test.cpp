#include "config/json_config.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(JsonConfig, KnowsTheLineOfEachOption) {
  const auto valid = parse_config(
      "// \"not\": 1,\n{ /* \"nor\": 2,\n*/ \"a\": \"x{,\\\"\", \"b\": [1, \"{\\\"c\", true],\n\n"
      "\"d\": 2.50}");
  ASSERT_TRUE(valid) << valid.error().message;
  ASSERT_EQ(valid->size(), 3U);
  EXPECT_EQ((*valid)[0].name, "a");
  EXPECT_EQ((*valid)[0].values, std::vector<std::string>{"x{,\""});
  EXPECT_EQ((*valid)[0].line, 3U);
  EXPECT_EQ((*valid)[1].values, (std::vector<std::string>{"1", "{\"c", "true"}));
  EXPECT_EQ((*valid)[1].line, 3U);
  EXPECT_EQ((*valid)[2].line, 5U);
}

TEST(JsonConfig, RefusesAnObjectWhereAValueShouldBe) {
  const auto entries = parse_config("{\n\"a\": [1, {\"b\": 2}]}");
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().message.find("line 2: the value of \"a\""), 0U) << entries.error().message;
}

TEST(JsonConfig, RefusesAFileOfAnotherSize) {
  EXPECT_FALSE(parse_config(std::string((1 << 20) + 1, ' ')));
  EXPECT_FALSE(read_config("/dev/zero"));
  EXPECT_FALSE(read_config("/"));
}

}  // namespace
}  // namespace squid
