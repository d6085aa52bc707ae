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
      {{"squid.statsd.packets", "packets", kGauge, "Packets received, since start"}, &F::packets},
      {{"squid.statsd.lines", "lines", kGauge, "Lines in them, since start"}, &F::lines},
      {{"squid.statsd.values", "values", kGauge, "Values that count, since start"}, &F::accepted},
      {{"squid.statsd.announcements", "events", kGauge, "Events and service checks, which are not shipped yet, since start"}, &F::announced},
      {{"squid.statsd.keys", "keys", kGauge, "Keys that the server holds"}, &F::keys},
      {{"squid.statsd.sketches", "keys", kGauge, "Of these, timers and sets that had too many values in this flush to be exact"}, &F::sketches},
      {{"squid.statsd.receive_buffer", "bytes", kGauge, "Receive buffers that the kernel granted, of all sockets"}, &F::buffer_bytes},
      {{"squid.statsd.loss.refused", "values", kGauge, "Values refused because there are too many keys, or because a sum would be infinite, since start"}, &F::refused},
      {{"squid.statsd.loss.kernel_drops", "packets", kGauge, "Packets that the kernel dropped because a receive buffer was full, since start"}, &F::kernel_drops},
      {{"squid.statsd.loss.truncated", "packets", kGauge, "Packets that were too long, since start"}, &F::truncated},
      // clang-format on
  });
}();

// One for each reason, "squid.statsd.bad.no_type" and so on.
const std::array<MetricInfo, kBadLineReasons>& bad_line_metrics();

std::vector<Point> own_points(const Server::Figures& figures);

}  // namespace squid::statsd
