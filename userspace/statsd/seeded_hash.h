// SeededHash: of keys and set members, which anybody on the network chooses. The seed is drawn anew by every
// process, so nobody can choose keys that fall into one bucket. Multiply and fold, eight bytes at a time. And
// SameText, which compares them in the same way: a call of memcmp() takes longer than that.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace squid::statsd {

std::uint64_t process_seed();

template <typename Word>
std::uint64_t load_word(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Fewer than eight bytes, without a loop: parts that overlap.
inline std::uint64_t load_few(const char* at, std::size_t size) {
  if (size >= 4) return (load_word<std::uint32_t>(at) << 32) | load_word<std::uint32_t>(at + size - 4);
  if (size == 0) return 0;
  return (load_word<std::uint8_t>(at) << 16) | (load_word<std::uint8_t>(at + size / 2) << 8) |
         load_word<std::uint8_t>(at + size - 1);
}

class SeededHash {
 public:
  using is_transparent = void;  // look-ups by string_view make no string
  using is_avalanching = void;  // the map need not mix it once more

  explicit SeededHash(std::uint64_t seed = process_seed()) : seed_(seed) {}

  std::uint64_t operator()(std::string_view text) const {
    const char* at = text.data();
    const std::size_t size = text.size();
    std::uint64_t hash = seed_ ^ fold(size ^ kFirst, seed_ ^ kSecond);
    if (size < 8) return fold(hash ^ load_few(at, size), kSecond);
    for (const char* end = at + size - 8; at < end; at += 8)
      hash = fold(hash ^ load_word<std::uint64_t>(at), kFirst);
    // The last eight, which may overlap with the ones before.
    return fold(hash ^ load_word<std::uint64_t>(text.data() + size - 8), kSecond);
  }

 private:
  static constexpr std::uint64_t kFirst = 0x9E3779B97F4A7C15;
  static constexpr std::uint64_t kSecond = 0xD6E8FEB86659FD93;

  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t seed_;
};

struct SameText {
  using is_transparent = void;

  bool operator()(std::string_view a, std::string_view b) const {
    if (a.size() != b.size()) return false;
    const std::size_t size = a.size();
    if (size < 8) return load_few(a.data(), size) == load_few(b.data(), size);
    for (std::size_t at = 0; at + 8 < size; at += 8)
      if (load_word<std::uint64_t>(a.data() + at) != load_word<std::uint64_t>(b.data() + at)) return false;
    return load_word<std::uint64_t>(a.data() + size - 8) == load_word<std::uint64_t>(b.data() + size - 8);
  }
};

}  // namespace squid::statsd
