#include "sinks/graphite_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<HostPort> servers_of(std::string_view text) {
  const auto address = parse_graphite_address(text, 2003);
  EXPECT_TRUE(address) << text << ": " << address.error().message;
  return address ? address->servers : std::vector<HostPort>();
}

std::string refused(std::string_view text) {
  const auto address = parse_graphite_address(text, 2003);
  return address ? "accepted" : address.error().message;
}

TEST(GraphiteAddress, IsOneServerUnlessThereAreCommas) {
  EXPECT_THAT(servers_of(""), ElementsAre(HostPort{"localhost", 2003}));
  EXPECT_THAT(servers_of("2103"), ElementsAre(HostPort{"localhost", 2103}));
  EXPECT_THAT(servers_of("carbon"), ElementsAre(HostPort{"carbon", 2003}));
  EXPECT_THAT(servers_of("a:1,b,[::1]:3,4"), ElementsAre(HostPort{"a", 1}, HostPort{"b", 2003},
                                                         HostPort{"::1", 3}, HostPort{"localhost", 4}));
}

TEST(GraphiteAddress, HasARingWhereItIsAskedFor) {
  EXPECT_FALSE(parse_graphite_address("a,b", 2003)->ring);
  const auto address =
      parse_graphite_address("10.0.0.1:2003:a,10.0.0.1:2103:b,[::1]:3:c?relay=consistent-hashing", 2003);
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_THAT(address->servers,
              ElementsAre(HostPort{"10.0.0.1", 2003}, HostPort{"10.0.0.1", 2103}, HostPort{"::1", 3}));
  const auto ring = HashRing::of({{"10.0.0.1", "a"}, {"10.0.0.1", "b"}, {"::1", "c"}});
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(address->ring->server_of(std::to_string(i)), ring->server_of(std::to_string(i)));
}

TEST(GraphiteAddress, KeepsOtherOptionsForItsReader) {
  const auto address = parse_graphite_address("a,b?ca=/etc/a,b.pem", 2003);
  ASSERT_TRUE(address);
  EXPECT_EQ(*address->options.find("ca"), "/etc/a,b.pem");
  EXPECT_EQ(address->servers.size(), 2U);
}

TEST(GraphiteAddress, SaysWhatIsWrong) {
  EXPECT_THAT(refused("host:port"), HasSubstr("'host:port' is not an address"));
  EXPECT_THAT(refused("::1"),
              HasSubstr("'::1' is not an address: write host:port, host, port or [IPv6]:port"));
  EXPECT_THAT(refused("a:0,b"), HasSubstr("'a:0' is not an address"));
  EXPECT_THAT(refused("a,,b"), HasSubstr("'a,,b' has a comma without a server"));
  EXPECT_THAT(refused("a,"), HasSubstr("has a comma without a server"));
  EXPECT_THAT(refused("a:2003,b,a"), HasSubstr("a:2003 is there twice"));
  EXPECT_THAT(refused("a?relay=rules"),
              HasSubstr("there is no relay 'rules'; write relay=consistent-hashing"));
  EXPECT_THAT(refused("a:1:x,b"), HasSubstr("means something only with ?relay=consistent-hashing"));
  EXPECT_THAT(refused("a:1:x y?relay=consistent-hashing"), HasSubstr("no instance behind its port"));
  EXPECT_THAT(refused("a:1:?relay=consistent-hashing"), HasSubstr("no instance behind its port"));
  EXPECT_THAT(refused("a:1,a:2?relay=consistent-hashing"),
              HasSubstr("does not look at ports, so 'a' would be there twice; write host:port:a"));
}

TEST(GraphiteAddress, HasALimit) {
  std::string servers = "h0";
  for (std::size_t i = 1; i < kMostGraphiteServers; ++i) servers += ",h" + std::to_string(i);
  EXPECT_EQ(servers_of(servers).size(), kMostGraphiteServers);
  EXPECT_THAT(refused(servers + ",one.more"), HasSubstr("there are 65 servers; one sink has at most 64"));
}

}  // namespace
}  // namespace squid
