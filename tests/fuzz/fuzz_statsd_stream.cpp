// Any bytes on a connection, in pieces of any size: the lines that come out do not depend on the pieces, none
// is longer than allowed, and memory holds no more than one line.
#include <algorithm>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "statsd/line_splitter.h"

namespace {

using namespace squid::statsd;

struct Outcome {
  std::string lines;
  std::size_t dropped = 0;
};

Outcome split(std::string_view stream, std::size_t piece) {
  Outcome outcome;
  const Intake intake{.take =
                          [&](std::string_view lines) {
                            while (!lines.empty()) {
                              const std::size_t end = std::min(lines.find('\n'), lines.size());
                              require(end <= LineSplitter::kLongestLine);
                              if (end > 0) outcome.lines.append(lines.substr(0, end)).append("\n");
                              lines.remove_prefix(std::min(end + 1, lines.size()));
                            }
                          },
                      .drop =
                          [&](BadLine reason) {
                            require(reason == BadLine::kTooLong);
                            ++outcome.dropped;
                          }};
  LineSplitter splitter;
  for (std::size_t at = 0; at < stream.size(); at += piece) splitter.add(stream.substr(at, piece), intake);
  splitter.finish(intake);
  require(!splitter.has_open_line());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // Each byte many times over, so that lines may become too long.
  std::string stream;
  const std::size_t times = std::size_t{1} << (data[0] % 13);
  for (const std::uint8_t byte : std::string_view(reinterpret_cast<const char*>(data + 2), size - 2)) {
    const char c = static_cast<char>(byte);
    stream.append(c == '\n' ? 1 : times, c);
    if (stream.size() > 16 * LineSplitter::kLongestLine) break;
  }
  const Outcome whole = split(stream, LineSplitter::kLongestLine);
  const Outcome pieces = split(stream, data[1] + 1U);
  require(whole.lines == pieces.lines);
  require(whole.dropped == pieces.dropped);
  return 0;
}
