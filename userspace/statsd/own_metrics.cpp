#include "statsd/own_metrics.h"

#include <string>

namespace squid::statsd {

const std::array<MetricInfo, kBadLineReasons>& bad_line_metrics() {
  static const auto names = [] {
    std::array<std::string, kBadLineReasons> texts;
    for (std::size_t i = 0; i < texts.size(); ++i)
      texts[i] = "squid.statsd.bad." + std::string(bad_line_name(static_cast<BadLine>(i)));
    return texts;
  }();
  static const auto infos = [] {
    std::array<MetricInfo, kBadLineReasons> metrics{};
    for (std::size_t i = 0; i < metrics.size(); ++i)
      metrics[i] = {names[i], "values", MetricKind::kGauge, "Values refused for that reason, since start"};
    return metrics;
  }();
  return infos;
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

}  // namespace squid::statsd
