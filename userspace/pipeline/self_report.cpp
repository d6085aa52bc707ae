#include "pipeline/self_report.h"

#include <fmt/format.h>

#include <ctime>

#include "core/sink_metrics.h"

namespace squid {
namespace {

double clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

}  // namespace

std::uint64_t thread_cpu_ns() {
  return static_cast<std::uint64_t>(clock_ns(CLOCK_THREAD_CPUTIME_ID));
}

SelfReport::SelfReport() : process_cpu_at_flush_ns_(clock_ns(CLOCK_PROCESS_CPUTIME_ID)) {}

void SelfReport::read_process() {
  const double cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  metrics_.process_cpu_ns = cpu - process_cpu_at_flush_ns_;
  process_cpu_at_flush_ns_ = cpu;
  metrics_.process_rss_bytes = process_.rss_bytes();
  metrics_.open_files = process_.open_files();
}

const MetricInfo* SelfReport::own_metric(const std::string& name, std::string_view unit,
                                         std::string_view help) {
  for (const OwnedInfo& known : own_metrics_)
    if (known.name == name) return &known.info;
  OwnedInfo& owned = own_metrics_.emplace_back(OwnedInfo{.name = name, .info = {}});
  owned.info = MetricInfo{.name = owned.name, .unit = unit, .kind = MetricKind::kGauge, .help = help};
  return &owned.info;
}

void SelfReport::append_categories(std::vector<Point>& points) {
  if (!metrics_.categories) return;
  const auto append = [&](const std::string& category, std::string_view help, double containers) {
    points.push_back(Point{.metric = own_metric("containers." + category, "containers", help),
                           .stat = Stat::kLast,
                           .value = containers});
  };
  for (const auto& [category, containers] : *metrics_.categories)
    append(category, "Containers that a rule puts into this category", containers);
  append("total", "Containers that are being measured", metrics_.containers);
}

void SelfReport::append_programs(std::vector<Point>& points) {
  const auto append = [&](const std::string& program, std::string_view field, std::string_view unit,
                          std::string_view help, double value) {
    points.push_back(Point{.metric = own_metric(fmt::format("squid.bpf.{}.{}", program, field), unit, help),
                           .stat = Stat::kLast,
                           .value = value});
  };
  for (const auto& [program, cost] : metrics_.programs) {
    append(program, "runs", "runs", "Runs of this BPF program in this flush", cost.runs);
    append(program, "run_ns", "ns", "Mean run time of this BPF program", cost.run_ns / cost.runs);
  }
}

void SelfReport::append_sink(const NamedHealth& sink, std::vector<Point>& points) {
  const auto append = [&](std::string_view field, std::string_view unit, std::string_view help,
                          double value) {
    points.push_back(
        Point{.metric = own_metric(fmt::format("squid.sink.{}.{}", sink.sink, field), unit, help),
              .stat = Stat::kLast,
              .value = value});
  };
  for (const SinkMetricRow& row : kSinkMetricTable)
    append(row.field, row.unit, row.help, static_cast<double>(sink.health.*row.member));
  if (sink.health.queued_reports + sink.health.spooled_reports > 0)
    append(kSinkAge.field, kSinkAge.unit, kSinkAge.help, sink.health.oldest_age_s);
}

Subject SelfReport::flush(const std::vector<NamedHealth>& sinks) {
  read_process();
  Subject subject;
  for (const SelfMetricRow& row : kSelfMetricTable) {
    double value = metrics_.*row.member;
    if (row.per != nullptr) {
      if (metrics_.*row.per == 0) continue;
      value /= metrics_.*row.per;
    }
    subject.points.push_back(Point{.metric = &row.info, .stat = Stat::kLast, .value = value});
  }
  append_categories(subject.points);
  append_programs(subject.points);
  for (const NamedHealth& sink : sinks) append_sink(sink, subject.points);
  metrics_.passes = metrics_.passes_missed = metrics_.births = metrics_.deaths = 0;
  metrics_.pass_cpu_ns = metrics_.pass_wall_ns = metrics_.pass_wall_ns_max = 0;
  return subject;
}

}  // namespace squid
