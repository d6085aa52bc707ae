// What stands behind the ? of any sink, whatever its kind:
//   graphite:carbon:2003?allow=cpu.*,memory.usage.last&deny=*.upper_90&prefix=prod&datacenter=fra1
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
};

Result<ScopedAddress> parse_scoped_address(const std::string& address);

}  // namespace squid
