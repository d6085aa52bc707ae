#include "statsd/origin.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace squid::statsd {
namespace {

Origin origin_of(std::string id, std::string name, std::string series_name) {
  auto container = std::make_shared<Container>();
  container->id = std::move(id);
  container->name = std::move(name);
  container->series_name = std::move(series_name);
  return make_origin(std::move(container));
}

TEST(MakeOrigin, ANameIsOneComponentAndAWholeTag) {
  const Origin origin = origin_of("0123", "web.1", "");
  EXPECT_EQ(origin.container->id, "0123");
  EXPECT_EQ(origin.path, "web_1");
  EXPECT_EQ(origin.tag_value, "web.1");
}

TEST(MakeOrigin, RewritingRulesMayMakeSeveralComponents) {
  const Origin origin = origin_of("0123", "shop-web-1", ".shop..web 1.");
  EXPECT_EQ(origin.path, "shop.web_1");
  EXPECT_EQ(origin.tag_value, "shop-web-1");
}

TEST(MakeOrigin, NoNameCanBeMoreThanAName) {
  EXPECT_EQ(origin_of("0", "a;b=c 1 2\n\xc3\xa9/..", "").path, "a_b_c_1_2______");
  EXPECT_EQ(origin_of("0", "a;b=c\nd", "").tag_value, "a_b_c_d");
  EXPECT_EQ(origin_of("0", "", "...").path, "_");
  EXPECT_EQ(origin_of("0", std::string(1000, 'x'), "").path.size(), 200U);
}

TEST(ReadSourceAddress, Ipv4IsPartOfIpv6) {
  sockaddr_storage storage{};
  auto& ipv4 = reinterpret_cast<sockaddr_in&>(storage);
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(8125);
  inet_pton(AF_INET, "10.1.2.3", &ipv4.sin_addr);
  const auto four = read_source_address(storage, false);
  storage = {};
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(storage);
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(8125);
  inet_pton(AF_INET6, "::ffff:10.1.2.3", &ipv6.sin6_addr);
  ASSERT_TRUE(four);
  EXPECT_EQ(four, read_source_address(storage, false));
  EXPECT_NE(four, read_source_address(storage, true));
  EXPECT_EQ(four->port, htons(8125));
  storage.ss_family = AF_UNIX;
  EXPECT_FALSE(read_source_address(storage, false));
}

}  // namespace
}  // namespace squid::statsd
