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
      {{"squid.statsd.most_waiting", "packets", kGauge, "Most UDP packets that were found waiting at once, of any socket, since the last flush"}, &F::most_waiting},
      {{"squid.statsd.receive_buffer", "bytes", kGauge, "Receive buffers that the kernel granted, of all sockets"}, &F::buffer_bytes},
      {{"squid.statsd.loss.refused", "values", kGauge, "Values refused because there are too many keys, or because a sum would be infinite, since start"}, &F::refused},
      {{"squid.statsd.loss.limited", "values", kGauge, "Values refused because their container sends more than --statsd-container-rate allows, since start"}, &F::limited},
      {{"squid.statsd.loss.kernel_drops", "packets", kGauge, "Packets that the kernel dropped because a receive buffer was full, since start"}, &F::kernel_drops},
      {{"squid.statsd.loss.truncated", "packets", kGauge, "Packets that were too long, since start"}, &F::truncated},
      {{"squid.statsd.loss.load", "values", kGauge, "Values that the load endpoint leaves out because there are too many series, since start"}, &F::load_left_out},
      // clang-format on
  });
}();

// One for each reason, "squid.statsd.bad.no_type" and so on.
const std::array<MetricInfo, kBadLineReasons>& bad_line_metrics();

std::vector<Point> own_points(const Server::Figures& figures);

// What a container that sends is told of beside its other metrics, with --statsd-origin: how much it was
// since the last flush.
struct ContainerMetricRow {
  MetricInfo info;
  std::uint64_t Shard::Counts::*member;
};

inline constexpr auto kContainerMetricTable = [] {
  using enum MetricKind;
  using C = Shard::Counts;
  return std::to_array<ContainerMetricRow>({
      // clang-format off
      {{"statsd.packets", "packets/s", kCounter, "Packets, and pieces of one line or more, that it sent to the statsd server"}, &C::packets},
      {{"statsd.lines", "lines/s", kCounter, "Lines in them"}, &C::lines},
      {{"statsd.values", "values/s", kCounter, "Values that count"}, &C::accepted},
      {{"statsd.refused", "values/s", kCounter, "Values refused because it has too many keys, or there are too many of all, or a sum would be infinite"}, &C::refused},
      {{"statsd.limited", "values/s", kCounter, "Values refused because it sends more than --statsd-container-rate allows"}, &C::limited},
      // clang-format on
  });
}();
inline constexpr MetricInfo kContainerMismatch = {
    "statsd.mismatch", "lines/s", MetricKind::kCounter,
    "Lines that say they are of another container than the kernel does"};
// One for each reason, "statsd.bad.no_type" and so on; told where there were some.
const std::array<MetricInfo, kBadLineReasons>& container_bad_line_metrics();

std::vector<Point> container_points(const Shard::Counts& counts, std::uint64_t false_claims);

}  // namespace squid::statsd
