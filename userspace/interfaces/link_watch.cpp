#include "interfaces/link_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "interfaces/host_netlink.h"

namespace squid {
namespace {

// One message is enough to know of a change; what does not fit is told as an error, which is a change, too.
constexpr int kRoomBytes = 8192;

}  // namespace

std::unique_ptr<LinkWatch> LinkWatch::open() {
  const auto fd = open_host_netlink();
  if (!fd) return nullptr;
  std::unique_ptr<LinkWatch> watch(new LinkWatch(*fd));
  const int yes = 1;
  setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &kRoomBytes, sizeof(kRoomBytes));
  setsockopt(*fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &yes, sizeof(yes));
  sockaddr_nl changes_of_links{};
  changes_of_links.nl_family = AF_NETLINK;
  changes_of_links.nl_groups = RTMGRP_LINK;
  const auto* const address = reinterpret_cast<const sockaddr*>(&changes_of_links);
  return bind(*fd, address, sizeof(changes_of_links)) == 0 ? std::move(watch) : nullptr;
}

LinkWatch::~LinkWatch() {
  close(fd_);
}

bool LinkWatch::has_changed() {
  bool changed = false;
  char byte;
  while (recv(fd_, &byte, sizeof(byte), MSG_DONTWAIT) >= 0 || errno == ENOBUFS) changed = true;
  return changed;
}

}  // namespace squid
