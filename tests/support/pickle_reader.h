// read_pickle_frames: what carbon's pickle receiver makes of the bytes it gets. Knows the few opcodes that we
// write and no others; that Python reads them in the same way, an e2e test proves.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace squid {

struct PickledPoint {
  std::string name;
  std::int64_t time_s = 0;
  double value = 0;
  bool is_whole = false;
  friend bool operator==(const PickledPoint&, const PickledPoint&) = default;
};
using PickledFrame = std::vector<PickledPoint>;

class PickleReader {
 public:
  explicit PickleReader(std::string_view bytes) : bytes_(bytes) {}

  std::vector<PickledFrame> frames() {
    std::vector<PickledFrame> frames;
    while (!bytes_.empty()) {
      const auto length = static_cast<std::size_t>(big_endian(4));
      PickleReader frame(take(length));
      frames.push_back(frame.points());
    }
    return frames;
  }

 private:
  PickledFrame points() {
    expect(std::string_view("\x80\x02](", 4));
    PickledFrame points;
    while (bytes_.starts_with('X')) {
      expect("X");
      PickledPoint point;
      point.name = take(static_cast<std::size_t>(little_endian(4)));
      bool time_is_whole = false;
      point.time_s = static_cast<std::int64_t>(number(time_is_whole));
      if (!time_is_whole) throw std::runtime_error("a time is no whole number");
      point.value = number(point.is_whole);
      expect("\x86\x86");
      points.push_back(std::move(point));
    }
    expect("e.");
    if (!bytes_.empty()) throw std::runtime_error("there is something behind the end");
    return points;
  }

  double number(bool& is_whole) {
    const char opcode = take(1).front();
    is_whole = opcode != 'G';
    if (opcode == 'G') return std::bit_cast<double>(big_endian(8));
    if (opcode == 'J') return static_cast<std::int32_t>(little_endian(4));
    if (opcode != '\x8a') throw std::runtime_error("an opcode that is no number");
    expect("\x08");
    return static_cast<double>(static_cast<std::int64_t>(little_endian(8)));
  }

  std::string_view take(std::size_t bytes) {
    if (bytes > bytes_.size()) throw std::runtime_error("cut short");
    const std::string_view taken = bytes_.substr(0, bytes);
    bytes_.remove_prefix(bytes);
    return taken;
  }
  void expect(std::string_view wanted) {
    if (take(wanted.size()) != wanted) throw std::runtime_error("an opcode that does not belong here");
  }
  std::uint64_t big_endian(unsigned bytes) {
    std::uint64_t value = 0;
    for (const char byte : take(bytes)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  std::uint64_t little_endian(unsigned bytes) {
    std::uint64_t value = 0;
    const std::string_view taken = take(bytes);
    for (unsigned i = 0; i < bytes; ++i)
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(taken[i])) << (8 * i);
    return value;
  }

  std::string_view bytes_;
};

inline std::vector<PickledFrame> read_pickle_frames(std::string_view bytes) {
  return PickleReader(bytes).frames();
}

}  // namespace squid
