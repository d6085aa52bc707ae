// The table of what the statsd server tells about itself, under squid.statsd.* wherever it runs.
#pragma once

#include <array>
#include <vector>

#include "core/report.h"
#include "statsd/server.h"

namespace squid::statsd {

struct OwnMetricRow {
  MetricInfo info;
  double Server::Figures::*member;
};

inline constexpr auto kOwnMetricTable = [] {
  using enum MetricKind;
  using F = Server::Figures;
  return std::to_array<OwnMetricRow>({
      // clang-format off
      {{"squid.statsd.packets", "packets", kGauge, "Packets received, and pieces of one line or more from connections, since start"}, &F::packets},
      {{"squid.statsd.lines", "lines", kGauge, "Lines in them, since start"}, &F::lines},
      {{"squid.statsd.values", "values", kGauge, "Values that count, since start"}, &F::accepted},
      {{"squid.statsd.announcements", "events", kGauge, "Events and service checks, which are not shipped yet, since start"}, &F::announced},
      {{"squid.statsd.origin.packets", "packets", kGauge, "Packets and pieces from containers that are known by --statsd-origin, since start"}, &F::with_origin},
      {{"squid.statsd.origin.mismatch", "lines", kGauge, "Lines of which the sender says that they are of another container than the kernel does, since start"}, &F::false_claims},
      {{"squid.statsd.keys", "keys", kGauge, "Keys that the server holds"}, &F::keys},
      {{"squid.statsd.sketches", "keys", kGauge, "Of these, timers and sets that had too many values in this flush to be exact"}, &F::sketches},
      {{"squid.statsd.connections", "connections", kGauge, "Open connections, TCP and unix"}, &F::connections},
      {{"squid.statsd.open_lines", "lines", kGauge, "Lines that connections have begun and not ended yet"}, &F::open_lines},
      {{"squid.statsd.connections_delayed", "tries", kGauge, "Times that a connection had to wait because there are too many, since start"}, &F::delayed},
      {{"squid.statsd.connections_closed", "connections", kGauge, "Quiet connections that were closed to make room, since start"}, &F::closed_quiet},
      {{"squid.statsd.receive_buffer", "bytes", kGauge, "Receive buffers that the kernel granted, of all sockets"}, &F::buffer_bytes},
      {{"squid.statsd.loss.refused", "values", kGauge, "Values refused because there are too many keys, or because a sum would be infinite, since start"}, &F::refused},
      {{"squid.statsd.loss.kernel_drops", "packets", kGauge, "Packets that the kernel dropped because a receive buffer was full, since start"}, &F::kernel_drops},
      {{"squid.statsd.loss.truncated", "packets", kGauge, "Packets that were too long, since start"}, &F::truncated},
      {{"squid.statsd.loss.load", "values", kGauge, "Values that the load endpoint leaves out because there are too many series, since start"}, &F::load_left_out},
      // clang-format on
  });
}();

// One for each reason, "squid.statsd.bad.no_type" and so on.
const std::array<MetricInfo, kBadLineReasons>& bad_line_metrics();

std::vector<Point> own_points(const Server::Figures& figures);

}  // namespace squid::statsd
