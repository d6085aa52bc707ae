// KeyBuffer: where a key is written that cannot be used as it stands in its line. What is put into it comes
// out clean: white space becomes `_`, a slash `-` (gstatsd: `_`), and of the rest only what a graphite name
// can hold is kept.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "statsd/value.h"

namespace squid::statsd {

// Of a byte of a name, in the strict dialect.
enum class NameByte : std::uint8_t { kClean, kDirty, kDot, kTagMark, kColon };

inline constexpr auto kNameBytes = [] {
  std::array<NameByte, 256> kinds{};
  kinds.fill(NameByte::kDirty);
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"))
    kinds[static_cast<unsigned char>(c)] = NameByte::kClean;
  for (const char c : std::string_view(",#[;")) kinds[static_cast<unsigned char>(c)] = NameByte::kTagMark;
  kinds['.'] = NameByte::kDot;
  kinds[':'] = NameByte::kColon;
  return kinds;
}();

constexpr NameByte name_byte(char c) {
  return kNameBytes[static_cast<unsigned char>(c)];
}

class KeyBuffer {
 public:
  void clear() {
    size_ = 0;
    overflow_ = false;
  }
  void put(char c) {
    if (size_ == bytes_.size()) {
      overflow_ = true;
      return;
    }
    bytes_[size_++] = c;
  }
  // Cleaned; `kept` are characters that stay besides letters, digits, `_`, `-` and `.`.
  void put_clean(std::string_view text, std::string_view kept, char slash);
  // As gstatsd cleans a key: a slash becomes `_`, white space goes.
  void put_gstatsd(std::string_view name);
  // As statsd/statsd writes a tag: its first `;` becomes `_`, its first `:` becomes `=`.
  void put_reference_tag(std::string_view tag);

  // Of all that is here: no dot at either end, and no two of them in a row.
  void drop_empty_components();

  std::string_view text() const { return {bytes_.data(), size_}; }
  bool overflow() const { return overflow_; }

 private:
  std::array<char, kLongestKey>
      bytes_;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  std::size_t size_ = 0;
  bool overflow_ = false;
};

}  // namespace squid::statsd
