#include "interfaces/rtnetlink.h"

#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstddef>

#include "interfaces/host_netlink.h"
#include "interfaces/link_messages.h"

namespace squid {
namespace {

// The kernel fills as much of it as it can, some twenty interfaces at a time.
constexpr std::size_t kBufferBytes = 32768;
constexpr timeval kLongestWait{.tv_sec = 1, .tv_usec = 0};

struct Attribute {
  nlattr header;
  std::int32_t value;
};

constexpr Attribute attribute(std::uint16_t type, std::int32_t value) {
  return {.header = {.nla_len = sizeof(Attribute), .nla_type = type}, .value = value};
}

struct AskLinks {
  nlmsghdr header;
  ifinfomsg info;
  Attribute where;
  Attribute mask;
};

struct AboutNamespace {
  nlmsghdr header;
  rtgenmsg family;
  std::uint8_t padding[3];
  Attribute process;
  Attribute wanted;
};

}  // namespace

Result<std::unique_ptr<Rtnetlink>> Rtnetlink::open() {
  const auto fd = open_host_netlink();
  if (!fd) return fd.error();
  setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &kLongestWait, sizeof(kLongestWait));
  return std::unique_ptr<Rtnetlink>(new Rtnetlink(*fd));
}

// The counters of protocols, which take the kernel as long as all the rest.
Rtnetlink::Rtnetlink(int fd) : fd_(fd), left_out_(RTEXT_FILTER_SKIP_STATS), buffer_(kBufferBytes) {}

Rtnetlink::~Rtnetlink() {
  close(fd_);
}

bool Rtnetlink::send(std::span<const std::byte> request) {
  return ::send(fd_, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size());
}

std::span<const std::byte> Rtnetlink::receive() {
  const ssize_t size = recv(fd_, buffer_.data(), buffer_.size(), 0);
  return {buffer_.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

std::optional<std::int32_t> Rtnetlink::find_id(pid_t process) {
  AboutNamespace ask{};
  ask.header = {
      .nlmsg_len = sizeof(ask), .nlmsg_type = RTM_NEWNSID, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};
  ask.header.nlmsg_seq = ++requests_;
  ask.process = attribute(NETNSA_PID, process);
  ask.wanted = attribute(NETNSA_NSID, -1);
  // It mostly has one, for the kernel gives one to whoever an interface of the host leads to.
  if (!send(std::as_bytes(std::span(&ask, 1))) || receive().empty()) return std::nullopt;
  ask.header.nlmsg_type = RTM_GETNSID;
  ask.header.nlmsg_flags = NLM_F_REQUEST;
  ask.header.nlmsg_len = offsetof(AboutNamespace, wanted);
  ask.header.nlmsg_seq = ++requests_;
  if (!send(std::as_bytes(std::span(&ask, 1)).first(ask.header.nlmsg_len))) return std::nullopt;
  return parse_namespace_id(receive(), requests_);
}

bool Rtnetlink::ask_for_links(std::int32_t namespace_id) {
  AskLinks ask{};
  ask.header = {
      .nlmsg_len = sizeof(ask), .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP};
  ask.header.nlmsg_seq = ++requests_;
  ask.where = attribute(IFLA_TARGET_NETNSID, namespace_id);
  ask.mask = attribute(IFLA_EXT_MASK, static_cast<std::int32_t>(left_out_));
  return send(std::as_bytes(std::span(&ask, 1)));
}

std::optional<InterfaceCounters> Rtnetlink::sum(std::int32_t namespace_id) {
  if (!ask_for_links(namespace_id)) return std::nullopt;
  InterfaceCounters sum;
  bool lacks_counters = false;
  while (true) {
    const auto bytes = receive();
    if (bytes.empty()) return std::nullopt;
    const LinkAnswer answer = parse_links(bytes, requests_);
    add(sum, answer.sum);
    lacks_counters = lacks_counters || answer.lacks_counters;
    if (!answer.complete) continue;
    if (answer.error != 0) return std::nullopt;
    if (!lacks_counters || left_out_ == 0) return sum;
    // From Linux 6.19 on that leaves out those of the interfaces, too.
    left_out_ = 0;
    return this->sum(namespace_id);
  }
}

}  // namespace squid
