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

TEST(JsonConfig, ASinkMayBeAnObject) {
  const auto valid = parse_config(
      R"({"sink": ["stdout", {"to": "graphite:carbon", "allow": ["cpu.*", "a,b"], "prefix": "50%&"},
          {"gzip": "yes", "to": "backstop:http://h/x?names=all", "proxy": "http://a:b%40@p"}]})");
  ASSERT_TRUE(valid) << valid.error().message;
  EXPECT_EQ((*valid)[0].values,
            (std::vector<std::string>{"stdout", "graphite:carbon?allow=cpu.*,a%2Cb&prefix=50%25%26",
                                      "backstop:http://h/x?names=all&gzip=yes&proxy=http://a:b%40@p"}));
  EXPECT_EQ(parse_config(R"({"sink": {"allow": "cpu.*"}})").error().message,
            R"(line 1: an object in "sink" needs "to", as in {"to": "graphite:2003"})");
  EXPECT_FALSE(parse_config(R"({"sink": {"to": "stdout", "allow": [["cpu.*"]]}})"));
  const auto from = parse_config(R"({"from": {"source": "memory", "interval": "5s"}})");
  ASSERT_TRUE(from) << from.error().message;
  EXPECT_EQ((*from)[0].values[0], "memory?interval=5s");
  EXPECT_FALSE(parse_config(R"({"from": {"to": "memory", "interval": "5s"}})"));
}

TEST(JsonConfig, RulesMayBeWhatTheyAre) {
  const auto valid = parse_config(R"({"rules": [{"regexp": "^a", "into": "b"}, {"regexp": "c"}]})");
  ASSERT_TRUE(valid) << valid.error().message;
  EXPECT_EQ((*valid)[0].values, std::vector<std::string>{R"([{"regexp":"^a","into":"b"},{"regexp":"c"}])"});
  EXPECT_EQ(parse_config(R"({"rules": "[]"})").value()[0].values, std::vector<std::string>{"[]"});
}

TEST(JsonConfig, RefusesAFileOfAnotherSize) {
  EXPECT_FALSE(parse_config(std::string((1 << 20) + 1, ' ')));
  EXPECT_FALSE(read_config("/dev/zero"));
  EXPECT_FALSE(read_config("/"));
}

}  // namespace
}  // namespace squid
