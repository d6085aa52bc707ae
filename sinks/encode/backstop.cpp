#include "sinks/encode/backstop.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>
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

// In the order in which it sends them; `uptime` comes behind them.
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

// Records of one subject after the other, whole numbers at the time of the report.
class DockerStatsWriter {
 public:
  DockerStatsWriter(std::int64_t time_s, std::string& out) : time_(time_s), out_(out) {}

  void begin(std::string_view subject) {
    prefix_.clear();
    append_path(prefix_, subject);
  }
  void append(std::string_view name, double value) {
    if (!std::isfinite(value)) {
      ++tally_.dropped;
      return;
    }
    const double floored = value < 0 ? 0 : value;
    append_record(out_, fmt::format("{}.{}", prefix_, name),
                  fmt::format_int(static_cast<std::uint64_t>(floored)).c_str(), time_.c_str());
    ++tally_.encoded;
  }
  const EncodeTally& tally() const { return tally_; }

 private:
  fmt::format_int time_;
  std::string& out_;
  std::string prefix_;
  EncodeTally tally_;
};

const std::string& docker_stats_name(const Container& container) {
  return container.series_name.empty() ? container.name : container.series_name;
}

void append_container(const Subject& subject, const Report& report, const HostCpu& host,
                      DockerStatsWriter& writer) {
  const Container& container = *subject.container;
  writer.begin(docker_stats_name(container));
  for (const DockerStat& stat : kDockerStats) {
    if (stat.metric == nullptr)
      writer.append(stat.name, static_cast<double>(host.total_ns));
    else if (const auto value = table_value(subject, stat.metric, stat.stat))
      writer.append(stat.name, *value);
  }
  if (container.started_s != 0)
    writer.append("uptime", static_cast<double>(report.time_s - container.started_s));
}

std::optional<double> own_value(const Subject& self, std::string_view name) {
  for (const Point& point : self.points)
    if (point.metric->name == name && point.stat == Stat::kLast) return point.value;
  return std::nullopt;
}

// How many loops are at work, which is always this one, and how long collecting took them.
void append_work(const Report& report, DockerStatsWriter& writer) {
  writer.append("metrics.threads", 1);
  for (const Subject& subject : report.subjects) {
    if (subject.container || subject.names) continue;
    const auto passes = own_value(subject, "squid.pass.count");
    const auto pass_ns = own_value(subject, "squid.pass.wall_ns");
    if (passes && pass_ns) writer.append("metrics.duration", *passes * *pass_ns);
  }
}

// Numbers as the kernel has them are those of one life: who has taken the name of one that ended tells its
// own.
std::set<std::string_view> names_of_living(const Report& report) {
  std::set<std::string_view> names;
  for (const Subject& subject : report.subjects)
    if (subject.container && !subject.container->is_group() && subject.ended_ns == 0)
      names.insert(docker_stats_name(*subject.container));
  return names;
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
  DockerStatsWriter writer(report.time_s, out);
  std::uint64_t containers = 0;
  std::map<std::string, std::uint64_t> categories;
  const std::set<std::string_view> living = names_of_living(report);
  for (const Subject& subject : report.subjects) {
    if (!subject.container || subject.container->is_group()) continue;
    if (subject.ended_ns != 0 && living.contains(docker_stats_name(*subject.container))) continue;
    ++containers;
    if (!subject.container->category.empty()) ++categories[subject.container->category];
    append_container(subject, report, host, writer);
  }
  writer.begin(report.host);
  std::string name;
  for (const auto& [category, count] : categories) {
    name = "containers.";
    append_path(name, category);
    writer.append(name, static_cast<double>(count));
  }
  writer.append("containers.total", static_cast<double>(containers));
  append_work(report, writer);
  return writer.tally();
}

}  // namespace squid
