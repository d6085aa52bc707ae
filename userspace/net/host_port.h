// HostPort: the other end of a connection as a user writes it. Only text; resolving is the connection's work.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace squid {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;

  // "host:2003", "[::1]:2003".
  std::string text() const;
};

// "host:port", "[::1]:port", "host", "port", or nothing at all; what is missing is taken from `fallback`.
Result<HostPort> parse_host_port(std::string_view text, const HostPort& fallback);

}  // namespace squid
