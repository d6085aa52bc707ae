// Points as backstop takes them, one JSON object per line:
//   {"metric":"squid.db1.web.memory.usage.last","value":4096,"measure_time":1700000000}
// backstop hands names to carbon as they are, so they are those that carbon takes.
#pragma once

#include <string>
#include <vector>

#include "core/report.h"
#include "core/sink.h"
#include "sinks/encode/graphite.h"
#include "sinks/encode/host_cpu.h"

namespace squid {

// All that there is, under the names of the graphite sink. Appends to `out`.
EncodeTally encode_backstop(GraphiteEncoder& names, const Report& report, std::string& out);

// Exactly what docker-stats-to-backstop sends, as far as it is known here: <container>.cpu.total and so on,
// whole numbers, counters as the kernel has them, dots in names as they are. `metrics.duration` is what all
// passes since the last report took, in ns. Appends to `out`.
EncodeTally encode_docker_stats(const Report& report, const HostCpu& host, std::string& out);
std::vector<StatNeed> docker_stats_needs();

}  // namespace squid
