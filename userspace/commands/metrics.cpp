// `squid-bpf metrics`: the reference, straight out of the tables.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "commands/commands.h"
#include "core/metric_table.h"
#include "core/self_metrics.h"
#include "core/sink_metrics.h"
#include "statsd/own_metrics.h"

namespace squid {
namespace {

constexpr auto kStats = std::to_array<Stat>(
    {Stat::kLast, Stat::kMean, Stat::kLower, Stat::kUpper, Stat::kUpperPercentile, Stat::kCount, Stat::kRaw});

std::string stats_text(StatSet stats) {
  std::vector<std::string_view> names;
  for (const Stat stat : kStats)
    if (stats.has(stat)) names.push_back(stat_name(stat));
  return names.empty() ? "-" : fmt::format("{}", fmt::join(names, ","));
}

std::string row_text(const MetricInfo& info, std::string_view group, std::string_view stats) {
  return fmt::format("{:<34} {:<10} {:<8} {:<14} {:<26} {}\n", info.name, info.unit,
                     info.kind == MetricKind::kCounter ? "counter" : "gauge", group, stats, info.help);
}

std::string sink_row_text(std::string_view field, std::string_view unit, std::string_view help) {
  const std::string name = fmt::format("squid.sink.NAME.{}", field);
  return row_text({name, unit, MetricKind::kGauge, help}, "-", "last");
}

}  // namespace

std::string metrics_text() {
  std::string text =
      "Metrics of each container. A counter ships as a rate per second; `count` is its exact growth during "
      "the flush\n"
      "and `raw` the kernel's own number. The column STATS shows what ships by default; --stats changes it, "
      "for\n"
      "example --stats 'memory.*=last,upper'. What the kernel does not tell is absent, never zero.\n\n";
  text += fmt::format("{:<34} {:<10} {:<8} {:<14} {:<26} {}\n", "METRIC", "UNIT", "KIND", "GROUP", "STATS",
                      "MEANING");
  for (const MetricRow& row : kMetricTable)
    text += row_text(row.info, group_name(row.group), stats_text(row.default_stats));
  text += row_text({"cpu.core_N", "percent", MetricKind::kCounter, "CPU time used on core N, with --per-cpu"},
                   group_name(MetricGroup::kPerCpu), "mean,upper");
  text += row_text({"cpu.run_queue_latency", "us", MetricKind::kGauge,
                    "How long a task that could run waited for a CPU, with --latency cpu"},
                   group_name(MetricGroup::kLatency), "mean,upper,upper_N");
  text += row_text({"io.DEVICE.*", "", MetricKind::kGauge,
                    "For each block device: read_bytes, reads, write_bytes, writes, discard_bytes, discards, "
                    "device_time, queue_time"},
                   group_name(MetricGroup::kIo), "mean,upper,upper_N");
  text += "\nAbout squid-bpf itself, once per report:\n\n";
  for (const SelfMetricRow& row : kSelfMetricTable) text += row_text(row.info, "-", "last");
  for (const SinkMetricRow& row : kSinkMetricTable) text += sink_row_text(row.field, row.unit, row.help);
  text += sink_row_text(kSinkAge.field, kSinkAge.unit, kSinkAge.help);
  text += row_text({"containers.CATEGORY", "containers", MetricKind::kGauge,
                    "With --rules: containers in each category, and containers.total"},
                   "-", "last");
  text += "\nAbout its statsd server, with --statsd:\n\n";
  for (const statsd::OwnMetricRow& row : statsd::kOwnMetricTable) text += row_text(row.info, "-", "last");
  for (const MetricInfo& info : statsd::bad_line_metrics()) text += row_text(info, "-", "last");
  text += "\nAbout each container that sends to it, with --statsd-origin:\n\n";
  for (const statsd::ContainerMetricRow& row : statsd::kContainerMetricTable)
    text += row_text(row.info, "-", "count");
  text += row_text(statsd::kContainerMismatch, "-", "count");
  for (const MetricInfo& info : statsd::container_bad_line_metrics()) text += row_text(info, "-", "count");
  return text;
}

}  // namespace squid
