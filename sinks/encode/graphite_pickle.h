// GraphitePickle: points in carbon's pickle protocol: frames of four bytes of length, big-endian, and a
// pickled list of (name, (time, value)). Written by hand, as opcodes of pickle's protocol 2 that every reader
// of it knows. A name goes with its length, so nothing in it can become an opcode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sinks/encode/graphite_points.h"
#include "sinks/encode/text_writer.h"

namespace squid {

// Of a frame, its length included. carbon hangs up at more than 1 MiB, and does nothing else while it reads
// one.
inline constexpr std::size_t kPickleFrameBytes = 65536;

// Of the first of these frames; see RecordFormat.
std::size_t pickle_frame_length(std::string_view frames);
// A frame of its own for each of its points. Empty where that is but one, or anything is there that is not
// ours.
std::string split_pickle_frame(std::string_view frame);

class GraphitePickle {
 public:
  // Appends to `out`, which has everything once this is gone.
  GraphitePickle(std::string& out, std::int64_t time_s);
  ~GraphitePickle() { end_frame(); }
  GraphitePickle(const GraphitePickle&) = delete;
  GraphitePickle& operator=(const GraphitePickle&) = delete;

  // `value` is finite; a whole number goes as one, as it would in a line.
  void put(const GraphiteName& name, double value);

 private:
  void begin_frame();
  void end_frame();

  std::string& out_;
  TextWriter writer_;
  std::string time_;
  std::size_t frame_start_ = 0;
  std::size_t frame_bytes_ = 0;  // so far; 0: there is no frame
};

}  // namespace squid
