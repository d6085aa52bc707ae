#include "sinks/encode/graphite.h"

#include <cmath>

#include "sinks/encode/escape.h"
#include "sinks/encode/number.h"

namespace squid {

EncodeTally GraphiteEncoder::encode(const Report& report, std::string& out) {
  const StatNames stats(report);
  const std::string line_end = ' ' + std::to_string(report.time_s) + '\n';
  namer_.begin(report);

  EncodeTally tally;
  for (const Subject& subject : report.subjects) {
    const NameFrame frame = namer_.frame(subject);
    for (const Point& point : subject.points) {
      const std::size_t start = out.size();
      out.append(frame.head);
      append_path(out, point.metric->name);
      out += '.';
      out.append(stats(point));
      out.append(frame.tail);
      out += ' ';
      const bool finite = std::isfinite(point.value);
      if (finite) append_number(out, point.value);
      out.append(line_end);

      const bool fits = finite && out.size() - start <= kGraphiteLineBytes;
      if (!fits) out.resize(start);
      ++(fits ? tally.encoded : tally.dropped);
    }
  }
  return tally;
}

}  // namespace squid
