#include "statsd/own_metrics.h"

#include <string>
#include <string_view>

namespace squid::statsd {

namespace {

struct BadLineMetrics {
  BadLineMetrics(std::string_view prefix, std::string_view unit, MetricKind kind, std::string_view help) {
    for (std::size_t i = 0; i < kBadLineReasons; ++i) {
      names[i] = std::string(prefix).append(bad_line_name(static_cast<BadLine>(i)));
      infos[i] = {names[i], unit, kind, help};
    }
  }
  std::array<std::string, kBadLineReasons> names;
  std::array<MetricInfo, kBadLineReasons> infos{};
};

}  // namespace

const std::array<MetricInfo, kBadLineReasons>& bad_line_metrics() {
  static const BadLineMetrics metrics("squid.statsd.bad.", "values", MetricKind::kGauge,
                                      "Values refused for that reason, since start");
  return metrics.infos;
}

const std::array<MetricInfo, kBadLineReasons>& container_bad_line_metrics() {
  static const BadLineMetrics metrics("statsd.bad.", "values/s", MetricKind::kCounter,
                                      "Values refused for that reason");
  return metrics.infos;
}

std::vector<Point> own_points(const Server::Figures& figures) {
  std::vector<Point> points;
  points.reserve(kOwnMetricTable.size() + kBadLineReasons);
  for (const OwnMetricRow& row : kOwnMetricTable)
    points.push_back(Point{.metric = &row.info, .stat = Stat::kLast, .value = figures.*row.member});
  for (std::size_t i = 0; i < kBadLineReasons; ++i)
    points.push_back(Point{.metric = &bad_line_metrics()[i], .stat = Stat::kLast, .value = figures.bad[i]});
  return points;
}

std::vector<Point> container_points(const Shard::Counts& counts, std::uint64_t false_claims) {
  std::vector<Point> points;
  const auto tell = [&points](const MetricInfo& metric, std::uint64_t count) {
    points.push_back(Point{.metric = &metric, .stat = Stat::kCount, .value = static_cast<double>(count)});
  };
  for (const ContainerMetricRow& row : kContainerMetricTable) tell(row.info, counts.*row.member);
  tell(kContainerMismatch, false_claims);
  for (std::size_t i = 0; i < kBadLineReasons; ++i)
    if (counts.bad[i] > 0) tell(container_bad_line_metrics()[i], counts.bad[i]);
  return points;
}

}  // namespace squid::statsd
