#include "sinks/encode/graphite.h"

#include <deque>

#include "sinks/encode/graphite_lines.h"
#include "sinks/encode/graphite_pickle.h"
#include "sinks/encode/graphite_points.h"

namespace squid {
namespace {

template <typename Format>
EncodeTally encode_all(SeriesNamer& namer, const Report& report, std::string& out) {
  Format format(out, report.time_s);
  return for_each_graphite_point(namer, report,
                                 [&](const GraphiteName& name, double value) { format.put(name, value); });
}

template <typename Format>
EncodeTally encode_each_share(SeriesNamer& namer, const Report& report, const HashRing& ring,
                              std::vector<std::string>& outs) {
  std::deque<Format> formats;
  for (std::string& out : outs) formats.emplace_back(out, report.time_s);
  std::string whole;
  return for_each_graphite_point(namer, report, [&](const GraphiteName& name, double value) {
    whole.assign(name.head).append(name.metric).append(name.tail);
    formats[ring.server_of(whole)].put(name, value);
  });
}

}  // namespace

EncodeTally GraphiteEncoder::encode(const Report& report, std::string& out) {
  return format_ == GraphiteFormat::kLines ? encode_all<GraphiteLines>(namer_, report, out)
                                           : encode_all<GraphitePickle>(namer_, report, out);
}

EncodeTally GraphiteEncoder::encode_shares(const Report& report, const HashRing& ring,
                                           std::vector<std::string>& outs) {
  return format_ == GraphiteFormat::kLines ? encode_each_share<GraphiteLines>(namer_, report, ring, outs)
                                           : encode_each_share<GraphitePickle>(namer_, report, ring, outs);
}

}  // namespace squid
