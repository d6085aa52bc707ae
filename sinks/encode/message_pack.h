// MessagePackWriter: MessagePack as it was before it knew text from bytes, which is what statsquid reads:
// texts are "raw", and there is neither bin nor str 8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace squid {

class MessagePackWriter {
 public:
  explicit MessagePackWriter(std::string& out) : out_(out) {}

  // So many pairs, or items, follow: at most 15.
  void map(unsigned pairs) { byte(0x80U | pairs); }
  void array(unsigned items) { byte(0x90U | items); }

  // Cut to what a length of 16 bits can say.
  void text(std::string_view text) {
    constexpr std::size_t kShort = 31;
    constexpr std::size_t kLong = 0xFFFF;
    text = text.substr(0, kLong);
    if (text.size() <= kShort) {
      byte(0xA0U | static_cast<unsigned>(text.size()));
    } else {
      byte(0xDA);
      big_endian(text.size(), 2);
    }
    out_.append(text);
  }

  void whole(std::uint64_t value) {
    if (value < 0x80) return byte(static_cast<unsigned>(value));
    if (value <= 0xFF) return tagged(0xCC, value, 1);
    if (value <= 0xFFFF) return tagged(0xCD, value, 2);
    if (value <= 0xFFFFFFFF) return tagged(0xCE, value, 4);
    tagged(0xCF, value, 8);
  }

 private:
  void byte(unsigned value) { out_ += static_cast<char>(value); }
  void big_endian(std::uint64_t value, unsigned bytes) {
    while (bytes-- > 0) byte(static_cast<unsigned>(value >> (8 * bytes)) & 0xFFU);
  }
  void tagged(unsigned tag, std::uint64_t value, unsigned bytes) {
    byte(tag);
    big_endian(value, bytes);
  }

  std::string& out_;
};

}  // namespace squid
