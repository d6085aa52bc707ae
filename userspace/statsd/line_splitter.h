// LineSplitter: the lines of a byte stream, however it comes in pieces. It holds no more than the line that
// has not ended yet; one that never ends is dropped, once, and the lines behind it live.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "statsd/value.h"

namespace squid::statsd {

// Where lines go.
struct Intake {
  // Whole lines with '\n' between them; a datagram as it came.
  std::function<void(std::string_view lines)> take;
  // One line that cannot be taken.
  std::function<void(BadLine reason)> drop;
};

class LineSplitter {
 public:
  static constexpr std::size_t kLongestLine = 16 * 1024;

  // `piece` is no longer than kLongestLine.
  void add(std::string_view piece, const Intake& intake);
  // No more comes: what is there is the last line, though it has no end.
  void finish(const Intake& intake);
  // No more comes, and nobody knows how the line would have gone on.
  void cut(const Intake& intake);

  bool has_open_line() const { return !held_.empty(); }

 private:
  void hold(std::string_view begin, const Intake& intake);

  std::string held_;
  bool dropping_ = false;  // until the line ends
};

}  // namespace squid::statsd
