#include "statsd/origin_key.h"

namespace squid::statsd {
namespace {

constexpr std::string_view kTagName = "container";

}  // namespace

void OriginKey::put(std::string_view text) {
  for (const char c : text) buffer_.put(c);
}

// Where its name belongs, for tags are in order; instead of one of that name that the client has sent.
void OriginKey::put_tagged(std::string_view key, std::string_view value) {
  const auto put_own = [&] {
    buffer_.put(';');
    put(kTagName);
    buffer_.put('=');
    put(value);
  };
  std::size_t mark = key.find(';');
  put(key.substr(0, mark));
  bool is_written = false;
  while (mark != std::string_view::npos) {
    key.remove_prefix(mark + 1);
    mark = key.find(';');
    const std::string_view tag = key.substr(0, mark);
    const std::string_view name = tag.substr(0, tag.find('='));
    if (!is_written && name >= kTagName) {
      put_own();
      is_written = true;
    }
    if (name == kTagName) continue;
    buffer_.put(';');
    put(tag);
  }
  if (!is_written) put_own();
}

std::optional<std::string_view> OriginKey::write(std::string_view key, const Origin& origin) {
  if (place_ == OriginPlace::kNowhere) return key;
  buffer_.clear();
  if (place_ == OriginPlace::kPrefix) {
    put(origin.path);
    buffer_.put('.');
    put(key);
  } else {
    put_tagged(key, origin.tag_value);
  }
  if (buffer_.overflow()) return std::nullopt;
  return buffer_.text();
}

}  // namespace squid::statsd
