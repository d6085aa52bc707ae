#include "pipeline/sink_scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(SinkScope, LeavesTheSinkWhatIsItsOwn) {
  for (const char* address : {"", "carbon:2003", "carbon?relay=consistent-hashing", "/path?x",
                              "http://h/?a=1&b=2", "redis://:p%3F@h/0?maxlen=7"}) {
    const auto scoped = parse_scoped_address(address);
    ASSERT_TRUE(scoped) << scoped.error().message;
    EXPECT_EQ(scoped->address, address);
    EXPECT_TRUE(scoped->scope.is_everything());
    EXPECT_FALSE(scoped->prefix);
  }
}

TEST(SinkScope, TakesWhatIsForEverySink) {
  const auto scoped = parse_scoped_address(
      "https://h/x?allow=cpu.*,memory.usage.last&ca=/a%20b&deny=*.upper_90&allow=a%2Cb&prefix=prod.eu&"
      "hostname=db1&interval=60s&zone=a&datacenter=fra%201&proxy=http://p%40q:r@s&ipv6=fd00::1");
  ASSERT_TRUE(scoped) << scoped.error().message;
  EXPECT_EQ(scoped->address, "https://h/x?ca=/a%20b&proxy=http://p%40q:r@s");
  EXPECT_EQ(scoped->prefix, "prod.eu");
  const SinkScope& scope = scoped->scope;
  EXPECT_THAT(scope.allow, ElementsAre("cpu.*", "memory.usage.last", "a,b"));
  EXPECT_THAT(scope.deny, ElementsAre("*.upper_90"));
  EXPECT_EQ(scope.host, "db1");
  EXPECT_EQ(scope.interval, 60s);
  EXPECT_THAT(scope.facts,
              ElementsAre(Pair("datacenter", "fra 1"), Pair("ipv6", "fd00::1"), Pair("zone", "a")));
  EXPECT_EQ(parse_scoped_address("?prefix=x")->address, "");
}

TEST(SinkScope, TheOrderOfWhatWaitsIsNoneOfItsAddress) {
  EXPECT_TRUE(parse_scoped_address("h?order=newest")->newest_first);
  EXPECT_FALSE(parse_scoped_address("h?order=oldest")->newest_first);
  EXPECT_EQ(parse_scoped_address("h?order=newest&x=1")->address, "h?x=1");
  EXPECT_FALSE(parse_scoped_address("h?order=both"));
  EXPECT_EQ(without_order("graphite:h?zone=a&order=newest&x"), "graphite:h?zone=a&x");
  EXPECT_EQ(without_order("graphite:h?order=newest"), "graphite:h");
  EXPECT_EQ(without_order("graphite:h?a&&b"), "graphite:h?a&&b");
}

TEST(SinkScope, SaysWhatIsWrong) {
  const auto refused = [](const char* address) {
    const auto scoped = parse_scoped_address(address);
    return scoped ? "accepted" : scoped.error().message;
  };
  EXPECT_THAT(refused("h?allow="), HasSubstr("allow= names no metric"));
  EXPECT_THAT(refused("h?deny=%zz"), HasSubstr("write %25"));
  EXPECT_THAT(refused("h?zone"), HasSubstr("zone= is empty"));
  EXPECT_THAT(refused("h?zone=a&zone=b"), HasSubstr("zone is there twice"));
  EXPECT_THAT(refused("h?interval=60"), HasSubstr("interval: "));
}

}  // namespace
}  // namespace squid
