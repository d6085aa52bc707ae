// Where a server listens, as a user writes it.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <string_view>

#include "core/result.h"

namespace squid::statsd {

struct ListenAddress {
  boost::asio::ip::address address;
  std::uint16_t port = 0;
};

// "8125" is on loopback, ":8125" on every address of this host, "10.0.0.1:8125" and "[::1]:8125" on that one.
Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace squid::statsd
