// InterfaceCounters: what went through the network interfaces of one namespace, as seen from inside.
#pragma once

#include <cstdint>

namespace squid {

struct InterfaceCounters {
  std::uint64_t rx_bytes = 0;
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_errors = 0;
  std::uint64_t rx_dropped = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_errors = 0;
  std::uint64_t tx_dropped = 0;
  std::uint64_t who = 0;  // another number where these are other interfaces

  friend bool operator==(const InterfaceCounters&, const InterfaceCounters&) = default;
};

inline void add(InterfaceCounters& sum, const InterfaceCounters& part) {
  sum.rx_bytes += part.rx_bytes;
  sum.rx_packets += part.rx_packets;
  sum.rx_errors += part.rx_errors;
  sum.rx_dropped += part.rx_dropped;
  sum.tx_bytes += part.tx_bytes;
  sum.tx_packets += part.tx_packets;
  sum.tx_errors += part.tx_errors;
  sum.tx_dropped += part.tx_dropped;
  sum.who += part.who;
}

}  // namespace squid
