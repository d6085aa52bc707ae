// GraphiteLines: points in carbon's plaintext protocol, "<name> <value> <time>\n".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sinks/encode/graphite_points.h"
#include "sinks/encode/text_writer.h"

namespace squid {

// Of the first of these lines; see RecordFormat.
constexpr std::size_t graphite_line_length(std::string_view lines) {
  return std::min(lines.find('\n'), lines.size() - 1) + 1;
}

class GraphiteLines {
 public:
  // Appends to `out`, which has everything once this is gone.
  GraphiteLines(std::string& out, std::int64_t time_s)
      : writer_(out), line_end_(' ' + std::to_string(time_s) + '\n') {}

  // `value` is finite.
  void put(const GraphiteName& name, double value) {
    writer_.put(name.head);
    writer_.put(name.metric);
    writer_.put(name.tail);
    writer_.put(" ");
    writer_.put_number(value);
    writer_.put(line_end_);
  }

 private:
  TextWriter writer_;
  std::string line_end_;
};

}  // namespace squid
