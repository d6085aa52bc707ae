// What stands behind the ? of any sink, whatever its kind:
//   graphite:carbon:2003?allow=cpu.*,memory.usage.last&deny=*.upper_90&prefix=prod&order=newest
// Only text; scoped_sink.h does it.
#pragma once

#include <optional>
#include <string>

#include "core/result.h"
#include "core/sink.h"

namespace squid {

struct ScopedAddress {
  std::string address;  // without what is told here
  SinkScope scope;
  std::optional<std::string> prefix;  // instead of --prefix
  bool newest_first = false;          // what waits for the server
};

Result<ScopedAddress> parse_scoped_address(const std::string& address);

// What stands behind --sink without order=: the reports that wait are the same in either order.
std::string without_order(const std::string& spec);

}  // namespace squid
