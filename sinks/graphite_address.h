// GraphiteAddress: what stands behind "graphite:", as
//   carbon1.example:2003,carbon2.example:2003
//   10.0.0.1:2004:a,10.0.0.1:2104:b?relay=consistent-hashing
// Only text; nothing here resolves or connects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "net/host_port.h"
#include "net/server_url.h"
#include "sinks/encode/hash_ring.h"

namespace squid {

// Each has a connection and a queue.
inline constexpr std::size_t kMostGraphiteServers = 64;

struct GraphiteAddress {
  std::vector<HostPort> servers;  // at least one
  // Which server has which series; without it every server gets all of them.
  std::optional<HashRing> ring;
  UrlOptions options;
};

Result<GraphiteAddress> parse_graphite_address(std::string_view text, std::uint16_t default_port);

}  // namespace squid
