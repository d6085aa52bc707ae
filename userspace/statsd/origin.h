// Origin: the container that something was sent from, as the kernel knows it; whatever the sender says.
// OriginSource finds it out; who implements that knows the kernel and the runtimes, which a statsd server
// need not.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/container.h"

namespace squid::statsd {

struct Origin {
  std::shared_ptr<const Container> container;
  // As it may stand in a name: one component, or with rewriting rules several with dots between them.
  std::string path;
  std::string tag_value;
};

Origin make_origin(std::shared_ptr<const Container> container);

// Who sent something: the inode of a cgroup, whose name is nobody's business yet, or an origin; else it is
// not known.
struct Sender {
  bool is_known() const { return cgroup != 0 || origin != nullptr; }

  std::uint64_t cgroup = 0;
  std::shared_ptr<const Origin> origin;
};

// Where a datagram or a connection comes from.
struct SourceAddress {
  std::array<std::uint8_t, 16> address{};  // of IPv4 as ::ffff:a.b.c.d
  std::uint16_t port = 0;                  // in network order
  bool is_tcp = false;

  friend bool operator==(const SourceAddress&, const SourceAddress&) = default;
};

// Nothing where it is neither IPv4 nor IPv6.
std::optional<SourceAddress> read_source_address(const sockaddr_storage& address, bool is_tcp);

// Finds the cgroup of who sent from an address. Each thread has its own.
class SenderFinder {
 public:
  SenderFinder() = default;
  SenderFinder(const SenderFinder&) = delete;
  SenderFinder& operator=(const SenderFinder&) = delete;
  virtual ~SenderFinder() = default;

  // 0: nobody knows.
  virtual std::uint64_t find_cgroup(const SourceAddress& source) = 0;
};

class OriginSource {
 public:
  using Answer = std::shared_ptr<const Origin>;

  OriginSource() = default;
  OriginSource(const OriginSource&) = delete;
  OriginSource& operator=(const OriginSource&) = delete;
  virtual ~OriginSource() = default;

  // It may be used in another thread, and outlive this.
  virtual std::unique_ptr<SenderFinder> make_finder() = 0;
  // Null: it is no container, or nobody knows. While an answer is held, the same container under the same
  // name is the same answer.
  virtual Answer find_by_cgroup(std::uint64_t cgroup) = 0;
  virtual Answer find_by_process(pid_t process) = 0;
};

// Of who is at the other end of that connection, TCP or unix.
OriginSource::Answer find_origin_of_connection(OriginSource& origins, SenderFinder& finder, int connection);

}  // namespace squid::statsd
