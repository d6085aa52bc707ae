#include "statsd/origin_key.h"

#include <gtest/gtest.h>

#include <string>

namespace squid::statsd {
namespace {

std::string written(OriginPlace place, std::string_view key) {
  OriginKey origin_key(place);
  const auto text = origin_key.write(key, {.container = nullptr, .path = "shop.web", .tag_value = "web"});
  return text ? std::string(*text) : "too long";
}

TEST(OriginKey, StandsInFrontOfTheKey) {
  EXPECT_EQ(written(OriginPlace::kPrefix, "a"), "shop.web.a");
  EXPECT_EQ(written(OriginPlace::kPrefix, "a.b;zone=eu"), "shop.web.a.b;zone=eu");
}

TEST(OriginKey, IsATagAmongTheOthersInOrder) {
  EXPECT_EQ(written(OriginPlace::kTag, "a"), "a;container=web");
  EXPECT_EQ(written(OriginPlace::kTag, "a;zone=eu"), "a;container=web;zone=eu");
  EXPECT_EQ(written(OriginPlace::kTag, "a;app=x"), "a;app=x;container=web");
  EXPECT_EQ(written(OriginPlace::kTag, "a;app=x;containers=1"), "a;app=x;container=web;containers=1");
}

TEST(OriginKey, TakesThePlaceOfAClientsOwnTag) {
  EXPECT_EQ(written(OriginPlace::kTag, "a;app=x;container=db;zone=eu"), "a;app=x;container=web;zone=eu");
  EXPECT_EQ(written(OriginPlace::kTag, "a;zone=eu;container=db"), "a;container=web;zone=eu");
  EXPECT_EQ(written(OriginPlace::kTag, "a;container"), "a;container=web");
}

TEST(OriginKey, OneThatGetsTooLongIsRefused) {
  EXPECT_EQ(written(OriginPlace::kPrefix, std::string(kLongestKey, 'a')), "too long");
  EXPECT_EQ(written(OriginPlace::kTag, std::string(kLongestKey, 'a')), "too long");
  EXPECT_EQ(written(OriginPlace::kNowhere, "a"), "a");
}

}  // namespace
}  // namespace squid::statsd
