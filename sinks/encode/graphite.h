// GraphiteEncoder: a report as carbon takes it, in its plaintext protocol or as pickle, for one server or in
// shares for several. It writes nothing that makes carbon drop a point or the connection.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/report.h"
#include "sinks/encode/hash_ring.h"
#include "sinks/encode/series_name.h"
#include "sinks/encode/stat_names.h"

namespace squid {

enum class GraphiteFormat : std::uint8_t { kLines, kPickle };

class GraphiteEncoder {
 public:
  explicit GraphiteEncoder(SeriesNamer namer, GraphiteFormat format = GraphiteFormat::kLines)
      : namer_(std::move(namer)), format_(format) {}
  GraphiteEncoder(NameTemplate names, std::string prefix, GraphiteFormat format = GraphiteFormat::kLines)
      : namer_(std::move(names), std::move(prefix)), format_(format) {}

  // Appends to `out`.
  EncodeTally encode(const Report& report, std::string& out);
  // Appends each point to that one of `outs` to whose server it belongs; the ring has as many.
  EncodeTally encode_shares(const Report& report, const HashRing& ring, std::vector<std::string>& outs);

 private:
  SeriesNamer namer_;
  GraphiteFormat format_;
};

}  // namespace squid
