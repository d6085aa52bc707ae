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
#include <string_view>

namespace squid::statsd {

struct Origin {
  std::string container_id;
  // As it may stand in a name: one component, or with rewriting rules several with dots between them.
  std::string path;
  std::string tag_value;
};

// `series_name` is what rewriting rules make of the name; empty without them.
Origin make_origin(std::string_view container_id, std::string_view name, std::string_view series_name);

// Where a datagram or a connection comes from.
struct SourceAddress {
  std::array<std::uint8_t, 16> address{};  // of IPv4 as ::ffff:a.b.c.d
  std::uint16_t port = 0;                  // in network order
  bool is_tcp = false;

  friend bool operator==(const SourceAddress&, const SourceAddress&) = default;
};

// Nothing where it is neither IPv4 nor IPv6.
std::optional<SourceAddress> read_source_address(const sockaddr_storage& address, bool is_tcp);

class OriginSource {
 public:
  using Answer = std::shared_ptr<const Origin>;

  OriginSource() = default;
  OriginSource(const OriginSource&) = delete;
  OriginSource& operator=(const OriginSource&) = delete;
  virtual ~OriginSource() = default;

  // Null: it is no container, or nobody knows.
  virtual Answer find_by_address(const SourceAddress& source) = 0;
  virtual Answer find_by_process(pid_t process) = 0;
};

// Of who is at the other end of that connection, TCP or unix.
OriginSource::Answer find_origin_of_connection(OriginSource& origins, int connection);

}  // namespace squid::statsd
