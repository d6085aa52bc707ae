#include "interfaces/link_messages.h"

#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace squid {
namespace {

constexpr std::uint32_t kRequest = 7;

template <typename T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::string padded(std::string text) {
  text.resize((text.size() + 3) / 4 * 4);
  return text;
}

std::string attribute(std::uint16_t type, std::string_view value) {
  const nlattr header{.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + value.size()), .nla_type = type};
  return padded(bytes_of(header) + std::string(value));
}

std::string attribute(std::uint16_t type, std::uint32_t value) {
  return attribute(type, bytes_of(value));
}

std::string message(std::uint16_t type, std::string_view payload, std::uint32_t request = kRequest) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + payload.size());
  header.nlmsg_type = type;
  header.nlmsg_seq = request;
  return padded(bytes_of(header) + std::string(payload));
}

std::string stats(std::uint64_t rx_bytes) {
  rtnl_link_stats64 stats{};
  stats.rx_bytes = rx_bytes;
  stats.rx_packets = 2;
  stats.rx_errors = 3;
  stats.rx_dropped = 4;
  stats.tx_bytes = 5;
  stats.tx_packets = 6;
  stats.tx_errors = 7;
  stats.tx_dropped = 8;
  return attribute(IFLA_STATS64, bytes_of(stats));
}

std::string link(std::string_view attributes, unsigned flags = IFF_UP, int index = 2) {
  ifinfomsg info{};
  info.ifi_index = index;
  info.ifi_flags = flags;
  return message(RTM_NEWLINK, bytes_of(info) + std::string(attributes));
}

std::string end(std::int32_t error = 0) {
  return message(NLMSG_DONE, bytes_of(error));
}

LinkAnswer parse(std::string_view bytes) {
  return parse_links(std::as_bytes(std::span(bytes)), kRequest);
}

TEST(LinkMessages, TellsWhenAnInterfaceHasNoCounters) {
  EXPECT_FALSE(parse(link(stats(1)) + end()).lacks_counters);
  EXPECT_TRUE(parse(link(stats(1)) + link(attribute(IFLA_MASTER, 3)) + end()).lacks_counters);
}

TEST(LinkMessages, SumsTheInterfaces) {
  const LinkAnswer answer = parse(link(stats(1)) + link(stats(10)) + end());
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.error, 0);
  InterfaceCounters sum = answer.sum;
  sum.who = 0;
  EXPECT_EQ(sum, (InterfaceCounters{.rx_bytes = 11,
                                    .rx_packets = 4,
                                    .rx_errors = 6,
                                    .rx_dropped = 8,
                                    .tx_bytes = 10,
                                    .tx_packets = 12,
                                    .tx_errors = 14,
                                    .tx_dropped = 16}));
}

TEST(LinkMessages, TellsOtherInterfacesApart) {
  const std::string address = attribute(IFLA_ADDRESS, std::string_view("\2\x42\xac\x11\0\2", 6));
  const std::uint64_t who = parse(link(address + stats(1))).sum.who;
  EXPECT_EQ(parse(link(address + stats(2))).sum.who, who);
  EXPECT_NE(parse(link(address + stats(1), IFF_UP, 3)).sum.who, who);
  EXPECT_NE(
      parse(link(attribute(IFLA_ADDRESS, std::string_view("\2\x42\xac\x11\0\3", 6)) + stats(1))).sum.who,
      who);
  EXPECT_NE(parse(link(address + stats(1)) + link(address + stats(1), IFF_UP, 3)).sum.who, who);
  EXPECT_EQ(parse(link(address + stats(1)) + link(address + stats(1), IFF_LOOPBACK, 1)).sum.who, who);
}

TEST(LinkMessages, AnAnswerOfSeveralPartsIsNotCompleteBeforeItsEnd) {
  EXPECT_FALSE(parse(link(stats(1))).complete);
  EXPECT_FALSE(parse("").complete);
}

TEST(LinkMessages, LeavesOutWhatOtherInterfacesCountAsWell) {
  const std::string kind = attribute(IFLA_INFO_KIND, std::string_view("bridge\0", 7));
  const std::string vlan = attribute(IFLA_INFO_KIND, std::string_view("vlan\0", 5));
  EXPECT_EQ(parse(link(stats(1), IFF_UP | IFF_LOOPBACK)).sum, InterfaceCounters{}) << "loopback";
  EXPECT_EQ(parse(link(stats(1) + attribute(IFLA_LINKINFO, kind))).sum, InterfaceCounters{}) << "bridge";
  EXPECT_EQ(parse(link(stats(1) + attribute(IFLA_MASTER, 9U))).sum, InterfaceCounters{})
      << "port of a bridge";
  EXPECT_EQ(parse(link(stats(1) + attribute(IFLA_LINK, 9U) + attribute(IFLA_LINKINFO, vlan))).sum,
            InterfaceCounters{})
      << "on top of another one";
}

TEST(LinkMessages, TakesWhatLeadsElsewhere) {
  const std::string nested = attribute(IFLA_LINKINFO | NLA_F_NESTED, attribute(IFLA_INFO_KIND, "veth"));
  EXPECT_EQ(parse(link(attribute(IFLA_LINK, 9U) + attribute(IFLA_LINK_NETNSID, 0U) + nested + stats(1)))
                .sum.rx_bytes,
            1U)
      << "a pair whose other end is in another namespace";
  EXPECT_EQ(parse(link(attribute(IFLA_LINK, 2U) + stats(1))).sum.rx_bytes, 1U) << "its own number";
}

TEST(LinkMessages, TellsAnError) {
  const LinkAnswer refused = parse(message(NLMSG_ERROR, bytes_of(std::int32_t{-EPERM}) + std::string(16, 0)));
  EXPECT_TRUE(refused.complete);
  EXPECT_EQ(refused.error, EPERM);
  EXPECT_EQ(parse(end(-ENODEV)).error, ENODEV);
}

TEST(LinkMessages, PassesOverTheAnswerToAnotherRequest) {
  EXPECT_FALSE(parse(message(NLMSG_DONE, bytes_of(std::int32_t{0}), kRequest - 1)).complete);
}

TEST(LinkMessages, AMessageThatIsCutShortEndsTheAnswer) {
  const std::string whole = link(stats(1)) + end();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const LinkAnswer answer = parse(whole.substr(0, size));
    EXPECT_EQ(answer.sum.rx_bytes, size < link(stats(1)).size() ? 0U : 1U) << size;
  }
}

TEST(LinkMessages, AShorterStructOfAnOlderKernelIsEnough) {
  const std::string old = stats(1).substr(NLA_HDRLEN, 8 * 23);
  EXPECT_EQ(parse(link(attribute(IFLA_STATS64, old))).sum.rx_bytes, 1U);
}

std::optional<std::int32_t> parse_id(std::string_view bytes) {
  return parse_namespace_id(std::as_bytes(std::span(bytes)), kRequest);
}

TEST(LinkMessages, ANamespaceHasANumberOrNone) {
  const std::string family = padded(bytes_of(rtgenmsg{}));
  EXPECT_EQ(parse_id(message(RTM_NEWNSID, family + attribute(NETNSA_NSID, 5U))), 5);
  EXPECT_EQ(parse_id(message(RTM_NEWNSID, family + attribute(NETNSA_NSID, ~0U))), std::nullopt);
  EXPECT_EQ(parse_id(message(RTM_NEWNSID, family)), std::nullopt);
  EXPECT_EQ(parse_id(message(NLMSG_ERROR, bytes_of(std::int32_t{-ESRCH}) + std::string(16, 0))),
            std::nullopt);
}

}  // namespace
}  // namespace squid
