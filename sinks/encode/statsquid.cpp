#include "sinks/encode/statsquid.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sinks/encode/message_pack.h"
#include "sinks/encode/resp_writer.h"
#include "sinks/encode/table_value.h"

namespace squid {
namespace {

constexpr std::string_view kChannel = "statsquid";
constexpr const MetricInfo* kCpuPercent = table_metric("cpu.percent_of_core");
constexpr const MetricInfo* kCpuTotal = table_metric("cpu.total");
constexpr const MetricInfo* kCpuKernel = table_metric("cpu.kernel");
constexpr const MetricInfo* kCpuUser = table_metric("cpu.user");
constexpr const MetricInfo* kMemoryUsage = table_metric("memory.usage");
constexpr const MetricInfo* kMemoryLimit = table_metric("memory.limit");
constexpr const MetricInfo* kMemoryCache = table_metric("memory.cache");
constexpr const MetricInfo* kInterfaceRx = table_metric("network.rx_bytes");
constexpr const MetricInfo* kInterfaceTx = table_metric("network.tx_bytes");
constexpr const MetricInfo* kSocketRx = table_metric("sockets.rx_bytes");
constexpr const MetricInfo* kSocketTx = table_metric("sockets.tx_bytes");
constexpr const MetricInfo* kIoRead = table_metric("io.read_bytes");
constexpr const MetricInfo* kIoWrite = table_metric("io.write_bytes");

// Reports come late once in a while; only when some are missing is a container gone.
std::uint64_t expiry_s(const Report& report) {
  constexpr double kLeast = 30;
  return static_cast<std::uint64_t>(std::max(kLeast, std::ceil(3 * report.interval_s)));
}

void keep(std::optional<double>& known, std::optional<double> value) {
  if (value && std::isfinite(*value)) known = value;
}

std::uint64_t whole(double value) {
  return value <= 0 ? 0 : static_cast<std::uint64_t>(value);
}

class Fields {
 public:
  void add(std::string_view name, std::string value) { texts_.emplace_back(name, std::move(value)); }
  // As Python prints a float.
  void add_float(std::string_view name, std::optional<double> value) {
    if (value) add(name, fmt::format("{:.1f}", *value));
  }
  void add_whole(std::string_view name, std::optional<double> value) {
    if (value) add(name, fmt::format("{}", whole(*value)));
  }
  void write(std::string_view key, std::string& out) const {
    RespWriter writer(out);
    writer.command(2 + 2 * texts_.size());
    writer.text("HMSET");
    writer.text(key);
    for (const auto& [name, value] : texts_) {
      writer.text(name);
      writer.text(value);
    }
  }

 private:
  std::vector<std::pair<std::string_view, std::string>> texts_;
};

void append_numbers(MessagePackWriter& pack,
                    const std::vector<std::pair<std::string_view, std::optional<double>>>& numbers,
                    unsigned more = 0) {
  const auto known = std::count_if(numbers.begin(), numbers.end(),
                                   [](const auto& number) { return number.second.has_value(); });
  pack.map(static_cast<unsigned>(known) + more);
  for (const auto& [name, value] : numbers) {
    if (!value) continue;
    pack.text(name);
    pack.whole(whole(*value));
  }
}

}  // namespace

std::vector<StatNeed> StatsquidEncoder::needs() {
  std::vector<StatNeed> needs{{kCpuPercent->name, Stat::kMean},
                              {kMemoryUsage->name, Stat::kLast},
                              {kMemoryLimit->name, Stat::kLast},
                              {kMemoryCache->name, Stat::kLast}};
  for (const MetricInfo* counter :
       {kCpuTotal, kCpuKernel, kCpuUser, kInterfaceRx, kInterfaceTx, kSocketRx, kSocketTx, kIoRead, kIoWrite})
    needs.push_back({counter->name, Stat::kRaw});
  return needs;
}

EncodeTally StatsquidEncoder::encode(const Report& report, const HostCpu& host, std::string& out) {
  TotalsById known;
  EncodeTally tally;
  for (const Subject& subject : report.subjects) {
    // Its readers add up containers.
    if (!subject.container || subject.container->is_group()) continue;
    const std::string& id = subject.container->id;
    Totals totals = known_[id];
    keep(totals.interface_rx, table_value(subject, kInterfaceRx, Stat::kRaw));
    keep(totals.interface_tx, table_value(subject, kInterfaceTx, Stat::kRaw));
    keep(totals.socket_rx, table_value(subject, kSocketRx, Stat::kRaw));
    keep(totals.socket_tx, table_value(subject, kSocketTx, Stat::kRaw));
    keep(totals.io_read, table_value(subject, kIoRead, Stat::kRaw));
    keep(totals.io_write, table_value(subject, kIoWrite, Stat::kRaw));
    append_hash(report, subject, totals, out);
    RespWriter writer(out);
    writer.command(3);
    writer.text("PUBLISH");
    writer.text(kChannel);
    writer.text(make_message(report, subject, totals, host));
    known.insert_or_assign(id, totals);
    ++tally.encoded;
  }
  known_ = std::move(known);
  return tally;
}

void StatsquidEncoder::append_hash(const Report& report, const Subject& subject, const Totals& totals,
                                   std::string& out) {
  const Container& container = *subject.container;
  const std::string key = "statsquid:" + container.id;
  RespWriter writer(out);
  writer.command(4);
  for (const std::string_view argument : {std::string_view("HINCRBY"), std::string_view(key),
                                          std::string_view("stats_read"), std::string_view("1")})
    writer.text(argument);

  Fields fields;
  fields.add("id", container.id);
  fields.add("name", container.name.substr(container.name.rfind('/') + 1));
  fields.add("source", report.host_name(subject.host.get()));
  fields.add("last_read", fmt::format("{}", report.time_s));
  if (const auto percent = table_value(subject, kCpuPercent, Stat::kMean))
    fields.add("cpu", fmt::format("{:.2f}", *percent));
  fields.add_float("mem", table_value(subject, kMemoryUsage, Stat::kLast));
  fields.add_float("net_tx_bytes_total", totals.tx());
  fields.add_float("net_rx_bytes_total", totals.rx());
  fields.add_whole("io_read_bytes_total", totals.io_read);
  fields.add_whole("io_write_bytes_total", totals.io_write);
  fields.write(key, out);

  writer.command(3);
  writer.text("EXPIRE");
  writer.text(key);
  writer.whole(expiry_s(report));
}

std::string StatsquidEncoder::make_message(const Report& report, const Subject& subject, const Totals& totals,
                                           const HostCpu& host) {
  const auto raw = [&](const MetricInfo* metric) { return table_value(subject, metric, Stat::kRaw); };
  const auto last = [&](const MetricInfo* metric) { return table_value(subject, metric, Stat::kLast); };
  std::string message;
  MessagePackWriter pack(message);
  pack.map(9);
  pack.text("read");
  pack.text(fmt::format("{:%Y-%m-%dT%H:%M:%S}.000000000Z", fmt::gmtime(report.time_s)));
  pack.text("cpu_stats");
  pack.map(2);
  pack.text("cpu_usage");
  append_numbers(pack, {{"total_usage", raw(kCpuTotal)},
                        {"usage_in_kernelmode", raw(kCpuKernel)},
                        {"usage_in_usermode", raw(kCpuUser)}});
  pack.text("system_cpu_usage");
  pack.whole(host.total_ns);
  pack.text("memory_stats");
  append_numbers(pack, {{"usage", last(kMemoryUsage)}, {"limit", last(kMemoryLimit)}}, 1);
  pack.text("stats");
  append_numbers(pack, {{"total_cache", last(kMemoryCache)}});
  // The master cannot do without these two, empty or not.
  pack.text("networks");
  pack.map(totals.rx() && totals.tx() ? 1 : 0);
  if (totals.rx() && totals.tx()) {
    pack.text("all");
    append_numbers(pack, {{"rx_bytes", totals.rx()}, {"tx_bytes", totals.tx()}});
  }
  pack.text("blkio_stats");
  pack.map(1);
  pack.text("io_service_bytes_recursive");
  pack.array(totals.io_read && totals.io_write ? 2 : 0);
  if (totals.io_read && totals.io_write) {
    for (const auto& [name, value] :
         {std::pair("Read", *totals.io_read), std::pair("Write", *totals.io_write)}) {
      pack.map(2);
      pack.text("op");
      pack.text(name);
      pack.text("value");
      pack.whole(whole(value));
    }
  }
  const Container& container = *subject.container;
  pack.text("container_name");
  pack.text(container.name);
  pack.text("container_id");
  pack.text(container.id);
  pack.text("source");
  pack.text(report.host_name(subject.host.get()));
  pack.text("ncpu");
  pack.whole(host.cores);
  return message;
}

}  // namespace squid
