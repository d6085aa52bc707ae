#include "sinks/encode/graphite_pickle.h"

#include <array>
#include <bit>
#include <limits>
#include <string_view>

#include "sinks/encode/number.h"

namespace squid {
namespace {

using namespace std::string_view_literals;

// PROTO 2, EMPTY_LIST, MARK.
constexpr std::string_view kListBegins = "\x80\x02](";
// APPENDS, STOP.
constexpr std::string_view kListEnds = "e.";
// TUPLE2 for (time, value), and again for the name with that.
constexpr std::string_view kPointEnds = "\x86\x86";
constexpr std::string_view kLengthBytes = "\0\0\0\0"sv;

constexpr char kInt32 = 'J';
constexpr std::string_view kEightByteLong = "\x8a\x08";
constexpr char kDouble = 'G';
constexpr char kText = 'X';

constexpr std::size_t kLongestNumber = kEightByteLong.size() + 8;

// An opcode and what belongs to it.
class PickleOpcode {
 public:
  void byte(char value) { bytes_[used_++] = value; }
  void little_endian(std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) byte(static_cast<char>(value >> (8 * i)));
  }
  void big_endian(std::uint64_t value, unsigned bytes) {
    while (bytes-- > 0) byte(static_cast<char>(value >> (8 * bytes)));
  }
  std::string_view text() const { return {bytes_.data(), used_}; }

 private:
  std::array<char, kLongestNumber> bytes_{};
  std::size_t used_ = 0;
};

PickleOpcode pickle_whole(std::int64_t value) {
  using Int32 = std::numeric_limits<std::int32_t>;
  PickleOpcode piece;
  if (value >= Int32::min() && value <= Int32::max()) {
    piece.byte(kInt32);
    piece.little_endian(static_cast<std::uint64_t>(value), 4);
    return piece;
  }
  for (const char opcode : kEightByteLong) piece.byte(opcode);
  piece.little_endian(static_cast<std::uint64_t>(value), 8);
  return piece;
}

PickleOpcode pickle_number(double value) {
  if (is_whole_number(value)) return pickle_whole(static_cast<std::int64_t>(value));
  PickleOpcode piece;
  piece.byte(kDouble);
  piece.big_endian(std::bit_cast<std::uint64_t>(value), 8);
  return piece;
}

PickleOpcode pickle_text_length(std::size_t length) {
  PickleOpcode piece;
  piece.byte(kText);
  piece.little_endian(length, 4);
  return piece;
}

PickleOpcode frame_length(std::size_t bytes) {
  PickleOpcode piece;
  piece.big_endian(bytes - kLengthBytes.size(), kLengthBytes.size());
  return piece;
}

// These take from the front what the functions above write, and say whether it was there.
bool take(std::string_view& rest, std::size_t bytes) {
  if (rest.size() < bytes) return false;
  rest.remove_prefix(bytes);
  return true;
}

bool take(std::string_view& rest, std::string_view expected) {
  return rest.starts_with(expected) && take(rest, expected.size());
}

bool take_text(std::string_view& rest) {
  const std::size_t head = pickle_text_length(0).text().size();
  if (rest.size() < head || rest.front() != kText) return false;
  std::size_t length = 0;
  for (std::size_t i = head - 1; i > 0; --i) length = (length << 8U) | static_cast<unsigned char>(rest[i]);
  return take(rest, head + length);
}

bool take_whole(std::string_view& rest) {
  if (rest.starts_with(kInt32)) return take(rest, sizeof(kInt32) + 4);
  return take(rest, kEightByteLong) && take(rest, 8);
}

bool take_number(std::string_view& rest) {
  if (rest.starts_with(kDouble)) return take(rest, sizeof(kDouble) + 8);
  return take_whole(rest);
}

}  // namespace

std::size_t pickle_frame_length(std::string_view frames) {
  std::size_t length = 0;
  for (const char byte : frames.substr(0, kLengthBytes.size()))
    length = (length << 8U) | static_cast<unsigned char>(byte);
  return kLengthBytes.size() + length;
}

std::string split_pickle_frame(std::string_view frame) {
  std::string_view rest = frame;
  if (pickle_frame_length(frame) != frame.size()) return {};
  if (!take(rest, kLengthBytes.size()) || !take(rest, kListBegins)) return {};
  std::string frames;
  std::size_t points = 0;
  for (; rest != kListEnds; ++points) {
    const std::string_view point = rest;
    if (!take_text(rest) || !take_whole(rest) || !take_number(rest) || !take(rest, kPointEnds)) return {};
    const std::size_t bytes = point.size() - rest.size();
    frames += frame_length(kLengthBytes.size() + kListBegins.size() + bytes + kListEnds.size()).text();
    frames += kListBegins;
    frames += point.substr(0, bytes);
    frames += kListEnds;
  }
  return points > 1 ? frames : std::string();
}

GraphitePickle::GraphitePickle(std::string& out, std::int64_t time_s)
    : out_(out), writer_(out), time_(pickle_whole(time_s).text()) {}

void GraphitePickle::put(const GraphiteName& name, double value) {
  const PickleOpcode length = pickle_text_length(name.size());
  const PickleOpcode number = pickle_number(value);
  const std::size_t bytes =
      length.text().size() + name.size() + time_.size() + number.text().size() + kPointEnds.size();
  if (frame_bytes_ + bytes + kListEnds.size() > kPickleFrameBytes) end_frame();
  if (frame_bytes_ == 0) begin_frame();
  writer_.put(length.text());
  writer_.put(name.head);
  writer_.put(name.metric);
  writer_.put(name.tail);
  writer_.put(time_);
  writer_.put(number.text());
  writer_.put(kPointEnds);
  frame_bytes_ += bytes;
}

void GraphitePickle::begin_frame() {
  writer_.flush();
  frame_start_ = out_.size();
  writer_.put(kLengthBytes);
  writer_.put(kListBegins);
  frame_bytes_ = kLengthBytes.size() + kListBegins.size();
}

void GraphitePickle::end_frame() {
  if (frame_bytes_ == 0) return;
  writer_.put(kListEnds);
  writer_.flush();
  out_.replace(frame_start_, kLengthBytes.size(), frame_length(out_.size() - frame_start_).text());
  frame_bytes_ = 0;
}

}  // namespace squid
