// OriginKey: a key with the container in it that its value came from, in front of it or as a tag, as
// --statsd-origin wants it.
#pragma once

#include <optional>
#include <string_view>

#include "statsd/key_buffer.h"
#include "statsd/origin.h"
#include "statsd/settings.h"

namespace squid::statsd {

class OriginKey {
 public:
  explicit OriginKey(OriginPlace place) : place_(place) {}

  // Valid until the next call. Nothing: it is longer than a key may be.
  std::optional<std::string_view> write(std::string_view key, const Origin& origin);

 private:
  void put(std::string_view text);
  void put_tagged(std::string_view key, std::string_view value);

  OriginPlace place_;
  KeyBuffer buffer_;
};

}  // namespace squid::statsd
