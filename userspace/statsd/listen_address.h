// Where a server listens, as a user writes it.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace squid::statsd {

enum class Transport : std::uint8_t { kUdp, kTcp, kUnixStream, kUnixDatagram };

struct ListenAddress {
  Transport transport = Transport::kUdp;
  boost::asio::ip::address address;
  std::uint16_t port = 0;
  std::string path;  // of a unix socket, which has neither of the two above

  // "UDP 127.0.0.1:8125", "unix:/run/statsd.sock".
  std::string text() const;
};

// "8125" is on loopback, ":8125" on every address of this host, "10.0.0.1:8125" and "[::1]:8125" on that one;
// all of them UDP, as with "udp://" in front, unless "tcp://" is. "unix:/path" is a stream socket,
// "unixgram:/path" a datagram socket. `fallback_port` is that of an address without one.
Result<ListenAddress> parse_listen_address(std::string_view text, std::uint16_t fallback_port = 8125);

}  // namespace squid::statsd
