// SeededHash: of keys and set members, which anybody on the network chooses. The seed is drawn anew by every
// process, so nobody can choose keys that fall into one bucket. Multiply and fold, eight bytes at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace squid::statsd {

std::uint64_t process_seed();

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
      hash = fold(hash ^ load<std::uint64_t>(at), kFirst);
    // The last eight, which may overlap with the ones before.
    return fold(hash ^ load<std::uint64_t>(text.data() + size - 8), kSecond);
  }

 private:
  static constexpr std::uint64_t kFirst = 0x9E3779B97F4A7C15;
  static constexpr std::uint64_t kSecond = 0xD6E8FEB86659FD93;

  template <typename Word>
  static std::uint64_t load(const char* at) {
    Word word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
  }
  // Fewer than eight, without a loop: parts that overlap.
  static std::uint64_t load_few(const char* at, std::size_t size) {
    if (size >= 4) return (load<std::uint32_t>(at) << 32) | load<std::uint32_t>(at + size - 4);
    if (size == 0) return 0;
    return (load<std::uint8_t>(at) << 16) | (load<std::uint8_t>(at + size / 2) << 8) |
           load<std::uint8_t>(at + size - 1);
  }
  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t seed_;
};

}  // namespace squid::statsd
