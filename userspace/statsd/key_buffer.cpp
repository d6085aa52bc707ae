#include "statsd/key_buffer.h"

#include <algorithm>

namespace squid::statsd {

void KeyBuffer::drop_empty_components() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < size_; ++i)
    if (bytes_[i] != '.' || (kept > 0 && bytes_[kept - 1] != '.')) bytes_[kept++] = bytes_[i];
  while (kept > 0 && bytes_[kept - 1] == '.') --kept;
  size_ = kept;
}

void KeyBuffer::put_gstatsd(std::string_view name) {
  for (const char c : name) {
    if (c == '/') put('_');
    if (name_byte(c) == NameByte::kClean || c == '.') put(c);
  }
}

void KeyBuffer::put_reference_tag(std::string_view tag) {
  constexpr std::string_view kKept = ";=";
  const std::size_t semicolon = tag.find(';');
  const std::size_t colon = tag.find(':');
  std::size_t written = 0;
  for (const std::size_t mark : {std::min(semicolon, colon), std::max(semicolon, colon)}) {
    if (mark == std::string_view::npos) break;
    put_clean(tag.substr(written, mark - written), kKept, '-');
    put(mark == semicolon ? '_' : '=');
    written = mark + 1;
  }
  put_clean(tag.substr(written), kKept, '-');
}

void KeyBuffer::put_clean(std::string_view text, std::string_view kept, char slash) {
  bool in_space = false;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (space) {
      // A run of white space is one.
      if (!in_space) put('_');
    } else if (c == '/') {
      put(slash);
    } else if (name_byte(c) == NameByte::kClean || c == '.' || kept.find(c) != std::string_view::npos) {
      put(c);
    }
    in_space = space;
  }
}

}  // namespace squid::statsd
