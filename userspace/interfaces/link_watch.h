// LinkWatch: whether network interfaces came, went or were changed, on the host or in a namespace that the
// host has a number for. Where the kernel does not allow the latter (it wants CAP_NET_BROADCAST), what is
// made or moved inside such a namespace alone is missed; a pair of which one end is on the host is not.
#pragma once

#include <memory>

namespace squid {

class LinkWatch {
 public:
  // Null where the kernel does not tell us.
  static std::unique_ptr<LinkWatch> open();
  ~LinkWatch();
  LinkWatch(const LinkWatch&) = delete;
  LinkWatch& operator=(const LinkWatch&) = delete;

  // Since the call before.
  bool has_changed();

 private:
  explicit LinkWatch(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace squid
