#include "sinks/encode/backstop.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include "sinks/encode/escape.h"
#include "sinks/encode/table_value.h"

namespace squid {
namespace {

struct DockerStat {
  const MetricInfo* metric;  // null: the host's CPU time
  std::string_view name;
  Stat stat;
};

// In the order in which it sends them. Its `uptime` is not among them: nobody here knows when a container
// started.
constexpr auto kDockerStats = std::to_array<DockerStat>({
    {nullptr, "cpu.system", Stat::kRaw},
    {table_metric("cpu.total"), "cpu.total", Stat::kRaw},
    {table_metric("cpu.kernel"), "cpu.kernel", Stat::kRaw},
    {table_metric("cpu.user"), "cpu.user", Stat::kRaw},
    {table_metric("memory.usage"), "memory.usage", Stat::kLast},
    {table_metric("memory.cache"), "memory.cache", Stat::kLast},
    {table_metric("memory.active"), "memory.active", Stat::kLast},
    {table_metric("memory.max_usage"), "memory.max_usage", Stat::kLast},
    {table_metric("memory.limit"), "memory.limit", Stat::kLast},
    {table_metric("network.rx_bytes"), "network.rx_bytes", Stat::kRaw},
    {table_metric("network.rx_packets"), "network.rx_packets", Stat::kRaw},
    {table_metric("network.rx_errors"), "network.rx_errors", Stat::kRaw},
    {table_metric("network.rx_dropped"), "network.rx_dropped", Stat::kRaw},
    {table_metric("network.tx_bytes"), "network.tx_bytes", Stat::kRaw},
    {table_metric("network.tx_packets"), "network.tx_packets", Stat::kRaw},
    {table_metric("network.tx_errors"), "network.tx_errors", Stat::kRaw},
    {table_metric("network.tx_dropped"), "network.tx_dropped", Stat::kRaw},
});

void append_record(std::string& out, std::string_view metric, std::string_view value, std::string_view time) {
  out.append("{\"metric\":\"").append(metric).append("\",\"value\":").append(value);
  out.append(",\"measure_time\":").append(time).append("}\n");
}

void append_record(std::string& out, std::string_view prefix, std::string_view name, double value,
                   std::int64_t time_s) {
  const double floored = value < 0 ? 0 : value;
  append_record(out, fmt::format("{}.{}", prefix, name),
                fmt::format_int(static_cast<std::uint64_t>(floored)).c_str(),
                fmt::format_int(time_s).c_str());
}

}  // namespace

EncodeTally encode_backstop(GraphiteEncoder& names, const Report& report, std::string& out) {
  std::string lines;
  const EncodeTally tally = names.encode(report, lines);
  out.reserve(out.size() + 2 * lines.size());
  // A name has neither spaces nor quotation marks.
  for (std::string_view rest = lines; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const std::size_t value = line.find(' ');
    const std::size_t time = line.rfind(' ');
    append_record(out, line.substr(0, value), line.substr(value + 1, time - value - 1),
                  line.substr(time + 1));
  }
  return tally;
}

std::vector<StatNeed> docker_stats_needs() {
  std::vector<StatNeed> needs;
  for (const DockerStat& stat : kDockerStats)
    if (stat.metric != nullptr) needs.push_back({stat.metric->name, stat.stat});
  return needs;
}

EncodeTally encode_docker_stats(const Report& report, const HostCpu& host, std::string& out) {
  EncodeTally tally;
  std::string prefix;
  std::uint64_t containers = 0;
  const auto append = [&](std::string_view name, double value) {
    if (!std::isfinite(value)) {
      ++tally.dropped;
      return;
    }
    append_record(out, prefix, name, value, report.time_s);
    ++tally.encoded;
  };
  for (const Subject& subject : report.subjects) {
    if (!subject.container || subject.container->is_group()) continue;
    ++containers;
    prefix.clear();
    append_path(prefix, subject.container->name);
    for (const DockerStat& stat : kDockerStats) {
      if (stat.metric == nullptr)
        append(stat.name, static_cast<double>(host.total_ns));
      else if (const auto value = table_value(subject, stat.metric, stat.stat))
        append(stat.name, *value);
    }
  }
  prefix.clear();
  append_path(prefix, report.host);
  append("containers.total", static_cast<double>(containers));
  return tally;
}

}  // namespace squid
