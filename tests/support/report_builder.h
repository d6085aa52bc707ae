// ReportBuilder: a Report in a few lines of a test.
//   ReportBuilder().container("web", "0123").point("memory.usage", Stat::kLast, 4096).build()
#pragma once

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/report.h"
#include "core/self_metrics.h"

namespace squid {

inline const MetricInfo& metric_named(std::string_view name) {
  for (const MetricRow& row : kMetricTable)
    if (row.info.name == name) return row.info;
  for (const SelfMetricRow& row : kSelfMetricTable)
    if (row.info.name == name) return row.info;
  throw std::invalid_argument("no metric is called " + std::string(name));
}

class ReportBuilder {
 public:
  ReportBuilder() {
    report_.time_s = 1'700'000'000;
    report_.interval_s = 10;
    report_.host = "db1";
    report_.percentiles = {90, 99.9};
  }
  ReportBuilder& host(std::string name) {
    report_.host = std::move(name);
    return *this;
  }
  // What follows belongs to it.
  ReportBuilder& container(std::string name, std::string id) {
    auto container = std::make_shared<Container>();
    container->name = std::move(name);
    container->id = std::move(id);
    container->runtime = "docker";
    return container_of(std::move(container));
  }
  ReportBuilder& container_of(std::shared_ptr<const Container> container) {
    report_.subjects.push_back({std::move(container), {}});
    return *this;
  }
  ReportBuilder& group(GroupKind kind, std::string name, std::string id, std::string runtime) {
    auto group = std::make_shared<Container>();
    group->group = kind;
    group->name = std::move(name);
    group->id = std::move(id);
    group->runtime = std::move(runtime);
    return container_of(std::move(group));
  }
  // shop-0 in the namespace prod.
  ReportBuilder& pod() {
    auto pod = std::make_shared<Container>();
    pod->group = GroupKind::kPod;
    pod->name = "prod_shop-0";
    pod->id = "8712f785-1a3e-41ec-a00b-e2dcc77431cb";
    pod->runtime = "kubernetes";
    pod->pod = "shop-0";
    pod->kubernetes_namespace = "prod";
    return container_of(std::move(pod));
  }
  ReportBuilder& squid_itself() {
    report_.subjects.push_back({});
    return *this;
  }
  // What follows has whole names: statsd's. `names` is what keeps them alive.
  ReportBuilder& whole_names(std::shared_ptr<const void> names) {
    report_.subjects.push_back({nullptr, {}, std::move(names)});
    return *this;
  }
  ReportBuilder& point(std::string_view metric, Stat stat, double value, std::uint8_t percentile = 0) {
    return point_of(metric_named(metric), stat, value, percentile);
  }
  // `metric` must outlive the report.
  ReportBuilder& point_of(const MetricInfo& metric, Stat stat, double value, std::uint8_t percentile = 0) {
    report_.subjects.back().points.push_back({&metric, stat, percentile, value});
    return *this;
  }
  Report build() const { return report_; }

 private:
  Report report_;
};

}  // namespace squid
