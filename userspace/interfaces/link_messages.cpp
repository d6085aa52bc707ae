#include "interfaces/link_messages.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace squid {
namespace {

using Bytes = std::span<const std::byte>;

// Of a C struct at the front. The kernel may have a shorter one than our headers: the rest is zero.
template <typename T>
T copy_front(Bytes bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof(T)));
  return value;
}

Bytes from(Bytes bytes, std::size_t offset) {
  return bytes.subspan(std::min(offset, bytes.size()));
}

// Takes one item off the front: a header that begins with its length, and what belongs to it. Both netlink
// messages and their attributes are laid out like this, each on a multiple of four bytes. Empty: no more.
template <typename Header>
Bytes take(Bytes& bytes, Header& header) {
  if (bytes.size() < sizeof(Header)) return {};
  header = copy_front<Header>(bytes);
  std::size_t length = 0;
  if constexpr (std::is_same_v<Header, nlmsghdr>)
    length = header.nlmsg_len;
  else
    length = header.nla_len;
  if (length < sizeof(Header) || length > bytes.size()) return {};
  const Bytes item = bytes.first(length);
  bytes = from(bytes, NLA_ALIGN(length));
  return item;
}

struct Link {
  std::uint32_t flags = 0;
  std::uint32_t index = 0;
  std::uint32_t lower = 0;  // what it is stacked upon, or the other end of a pair
  bool lower_elsewhere = false;
  bool has_master = false;
  bool is_bridge = false;
  std::uint64_t address = 0;
  std::optional<rtnl_link_stats64> stats;
};

bool is_bridge(Bytes info) {
  for (nlattr header{}; true;) {
    const Bytes item = take(info, header);
    if (item.empty()) return false;
    if ((header.nla_type & NLA_TYPE_MASK) != IFLA_INFO_KIND) continue;
    const Bytes kind = from(item, NLA_HDRLEN);
    constexpr std::string_view kBridge("bridge\0", 7);
    return kind.size() == kBridge.size() && std::memcmp(kind.data(), kBridge.data(), kBridge.size()) == 0;
  }
}

void read_attribute(std::uint16_t type, Bytes value, Link& link) {
  switch (type & NLA_TYPE_MASK) {
    case IFLA_ADDRESS:
      link.address = copy_front<std::uint64_t>(value);
      break;
    case IFLA_LINK:
      link.lower = copy_front<std::uint32_t>(value);
      break;
    case IFLA_LINK_NETNSID:
      link.lower_elsewhere = true;
      break;
    case IFLA_MASTER:
      link.has_master = true;
      break;
    case IFLA_LINKINFO:
      link.is_bridge = is_bridge(value);
      break;
    case IFLA_STATS64:
      link.stats = copy_front<rtnl_link_stats64>(value);
      break;
    default:
      break;
  }
}

Link read_link(Bytes payload) {
  const auto info = copy_front<ifinfomsg>(payload);
  Link link{.flags = info.ifi_flags, .index = static_cast<std::uint32_t>(info.ifi_index), .stats = {}};
  Bytes attributes = from(payload, NLMSG_ALIGN(sizeof(ifinfomsg)));
  nlattr header{};
  for (Bytes item = take(attributes, header); !item.empty(); item = take(attributes, header))
    read_attribute(header.nla_type, from(item, NLA_HDRLEN), link);
  return link;
}

bool talks_to_others(const Link& link) {
  if ((link.flags & IFF_LOOPBACK) != 0 || link.is_bridge || link.has_master) return false;
  return link.lower == 0 || link.lower == link.index || link.lower_elsewhere;
}

// The address alone would do, but a tunnel has none. The product spreads small numbers over all bits, since
// those of several interfaces are added up.
std::uint64_t identity_of(const Link& link) {
  constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
  return (link.address + link.index) * kGoldenRatio;
}

InterfaceCounters counters_of(const Link& link) {
  const rtnl_link_stats64& stats = *link.stats;
  return {.rx_bytes = stats.rx_bytes,
          .rx_packets = stats.rx_packets,
          .rx_errors = stats.rx_errors,
          .rx_dropped = stats.rx_dropped,
          .tx_bytes = stats.tx_bytes,
          .tx_packets = stats.tx_packets,
          .tx_errors = stats.tx_errors,
          .tx_dropped = stats.tx_dropped,
          .who = identity_of(link)};
}

}  // namespace

LinkAnswer parse_links(Bytes bytes, std::uint32_t request) {
  LinkAnswer answer;
  nlmsghdr header{};
  for (Bytes message = take(bytes, header); !message.empty(); message = take(bytes, header)) {
    if (header.nlmsg_seq != request) continue;
    const Bytes payload = from(message, NLMSG_HDRLEN);
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
      // Both begin with an error as a negative number, or with zero.
      const auto code = copy_front<std::int32_t>(payload);
      answer.complete = true;
      answer.error = code < 0 && code > -4096 ? -code : 0;
      return answer;
    }
    if (header.nlmsg_type != RTM_NEWLINK) continue;
    const Link link = read_link(payload);
    if (!link.stats)
      answer.lacks_counters = true;
    else if (talks_to_others(link))
      add(answer.sum, counters_of(link));
  }
  return answer;
}

std::optional<std::int32_t> parse_namespace_id(Bytes bytes, std::uint32_t request) {
  nlmsghdr header{};
  for (Bytes message = take(bytes, header); !message.empty(); message = take(bytes, header)) {
    if (header.nlmsg_seq != request || header.nlmsg_type != RTM_NEWNSID) continue;
    Bytes attributes = from(message, NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(rtgenmsg)));
    nlattr attribute{};
    for (Bytes item = take(attributes, attribute); !item.empty(); item = take(attributes, attribute)) {
      const auto id = copy_front<std::int32_t>(from(item, NLA_HDRLEN));
      if ((attribute.nla_type & NLA_TYPE_MASK) == NETNSA_NSID && id >= 0) return id;
    }
  }
  return std::nullopt;
}

}  // namespace squid
