// GraphiteEncoder: a report as carbon's plaintext protocol, "<name> <value> <time>\n" for each point. It
// writes nothing that makes carbon drop a line or the connection.
#pragma once

#include <string>
#include <utility>

#include "core/report.h"
#include "sinks/encode/series_name.h"
#include "sinks/encode/stat_names.h"
#include "sinks/encode/text_writer.h"

namespace squid {

// carbon closes the connection at a longer line, newline included.
inline constexpr std::size_t kGraphiteLineBytes = 16383;

class GraphiteEncoder {
 public:
  explicit GraphiteEncoder(SeriesNamer namer) : namer_(std::move(namer)) {}
  GraphiteEncoder(NameTemplate names, std::string prefix) : namer_(std::move(names), std::move(prefix)) {}

  // Appends to `out`.
  EncodeTally encode(const Report& report, std::string& out);

 private:
  static void encode_whole_names(const Subject& subject, std::string_view line_end, TextWriter& writer,
                                 EncodeTally& tally);

  SeriesNamer namer_;
};

}  // namespace squid
