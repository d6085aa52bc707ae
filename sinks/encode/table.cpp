#include "sinks/encode/table.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>
#include <vector>

#include "sinks/encode/terminal_text.h"

namespace squid {
namespace {

constexpr std::size_t kNameColumns = 40;

enum class Form : std::uint8_t { kPercent, kNanosecondsAsPercent, kBytes, kNumber };
enum class Show : std::uint8_t { kIfPresent, kIfNotZero };

struct Column {
  std::string_view title;
  std::string_view metric;
  // The best that the report has is shown.
  std::vector<Stat> stats;
  Form form;
  Show show = Show::kIfPresent;
  std::string_view instead = {};  // the metric where a container has no such
};

// The first column sorts the rows.
const std::vector<Column>& columns() {
  using enum Stat;
  static const std::vector<Stat> average = {kMean, kLast, kUpperPercentile, kUpper, kLower};
  static const std::vector<Stat> newest = {kLast, kMean, kUpperPercentile, kUpper, kLower};
  static const std::vector<Stat> highest = {kUpper};
  static const std::vector<Stat> growth = {kCount};
  static const std::vector<Column> all = {
      {"CPU %", "cpu.percent_of_core", average, Form::kPercent},
      {"MAX %", "cpu.percent_of_core", highest, Form::kPercent},
      {"OF LIMIT %", "cpu.percent_of_limit", average, Form::kPercent},
      {"THROTTLED %", "cpu.throttling.throttled_time", average, Form::kNanosecondsAsPercent,
       Show::kIfNotZero},
      {"MEMORY", "memory.usage", newest, Form::kBytes},
      {"WORKING SET", "memory.working_set", newest, Form::kBytes},
      {"LIMIT", "memory.limit", newest, Form::kBytes},
      {"SWAP", "memory.swap", newest, Form::kBytes, Show::kIfNotZero},
      {"OOM KILLS", "memory.events.oom_kill", growth, Form::kNumber, Show::kIfNotZero},
      {"TASKS", "pids.current", newest, Form::kNumber},
      {"READ/s", "io.read_bytes", average, Form::kBytes, Show::kIfNotZero},
      {"WRITE/s", "io.write_bytes", average, Form::kBytes, Show::kIfNotZero},
      {"RX/s", "sockets.rx_bytes", average, Form::kBytes, Show::kIfNotZero, "network.rx_bytes"},
      {"TX/s", "sockets.tx_bytes", average, Form::kBytes, Show::kIfNotZero, "network.tx_bytes"},
      {"CPU WAIT %", "pressure.cpu.some", average, Form::kPercent},
      {"MEM WAIT %", "pressure.memory.some", average, Form::kPercent},
      {"IO WAIT %", "pressure.io.some", average, Form::kPercent},
  };
  return all;
}

struct Row {
  const Container* container;
  std::vector<std::optional<double>> values;  // by column
};

std::optional<double> find_value(const Subject& subject, std::string_view metric,
                                 const std::vector<Stat>& stats) {
  std::optional<double> best;
  std::size_t best_rank = stats.size();
  for (const Point& point : subject.points) {
    if (point.metric->name != metric || !std::isfinite(point.value)) continue;
    const auto rank = std::find(stats.begin(), stats.end(), point.stat) - stats.begin();
    if (static_cast<std::size_t>(rank) >= best_rank) continue;
    best_rank = static_cast<std::size_t>(rank);
    best = point.value;
  }
  return best;
}

std::optional<double> find_own(const Report& report, std::string_view metric) {
  for (const Subject& subject : report.subjects) {
    if (subject.container || subject.names) continue;
    if (const auto value = find_value(subject, metric, {Stat::kLast, Stat::kMean})) return value;
  }
  return std::nullopt;
}

std::vector<Row> sorted_rows(const Report& report, bool groups) {
  std::vector<Row> rows;
  for (const Subject& subject : report.subjects) {
    if (!subject.container || subject.container->is_group() != groups) continue;
    Row row{subject.container.get(), {}};
    for (const Column& column : columns()) {
      auto value = find_value(subject, column.metric, column.stats);
      if (!value && !column.instead.empty()) value = find_value(subject, column.instead, column.stats);
      row.values.push_back(value);
    }
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    if (a.values.front() != b.values.front()) return a.values.front() > b.values.front();
    return a.container->name < b.container->name;
  });
  return rows;
}

bool is_shown(const Column& column, std::size_t position, const std::vector<Row>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    const std::optional<double>& value = row.values[position];
    return value && (column.show == Show::kIfPresent || *value != 0);
  });
}

std::string format_cell(const std::optional<double>& value, Form form) {
  if (!value) return "-";
  switch (form) {
    case Form::kPercent:
      return fmt::format("{:.2f}", *value);
    case Form::kNanosecondsAsPercent:
      return fmt::format("{:.2f}", *value / 1e7);
    case Form::kBytes:
      return humanise_bytes(*value);
    case Form::kNumber:
      return std::trunc(*value) == *value ? fmt::format("{:.0f}", *value) : fmt::format("{:.1f}", *value);
  }
  return "-";
}

// It has only its path for an id, which is its name already.
bool is_plain_cgroup(const Container& container) {
  return container.id.starts_with('/');
}

// "3 containers", "1 container and 40 other cgroups", "3 containers, 2 groups".
std::string count_text(const std::vector<Row>& rows, std::size_t groups) {
  const auto cgroups =
      std::count_if(rows.begin(), rows.end(), [](const Row& row) { return is_plain_cgroup(*row.container); });
  const auto containers = static_cast<std::ptrdiff_t>(rows.size()) - cgroups;
  std::string text = fmt::format("{} container{}", containers, containers == 1 ? "" : "s");
  if (cgroups > 0) text += fmt::format(" and {} other cgroup{}", cgroups, cgroups == 1 ? "" : "s");
  if (groups > 0) text += fmt::format(", {} group{}", groups, groups == 1 ? "" : "s");
  return text;
}

std::string shown_id(const Container& container) {
  if (container.is_group()) return std::string(group_kind_name(container.group));
  return is_plain_cgroup(container) ? "-" : fit_text(short_id(container.id), kShortIdLength);
}

// Pads every cell to the widest and hangs it behind its line.
void append_column(const std::vector<std::string>& cells, bool right_aligned,
                   std::vector<std::string>& lines) {
  std::size_t width = 0;
  for (const std::string& cell : cells) width = std::max(width, text_width(cell));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(width - text_width(cells[i]), ' ');
    if (!lines[i].empty()) lines[i] += "  ";
    lines[i] += right_aligned ? padding + cells[i] : cells[i] + padding;
  }
}

struct Titles {
  std::string name;
  std::string id;
};

void append_rows(const Titles& titles, const std::vector<Row>& rows, std::string& out) {
  std::vector<std::string> names = {titles.name};
  std::vector<std::string> ids = {titles.id};
  for (const Row& row : rows) {
    names.push_back(fit_text(row.container->name, kNameColumns));
    ids.push_back(shown_id(*row.container));
  }
  std::vector<std::string> lines(names.size());
  append_column(names, false, lines);
  append_column(ids, false, lines);

  for (std::size_t i = 0; i < columns().size(); ++i) {
    if (!is_shown(columns()[i], i, rows)) continue;
    std::vector<std::string> cells = {std::string(columns()[i].title)};
    for (const Row& row : rows) cells.push_back(format_cell(row.values[i], columns()[i].form));
    append_column(cells, true, lines);
  }
  for (const std::string& line : lines) out.append(line).append("\n");
}

void append_own_cost(const Report& report, std::string& out) {
  std::vector<std::string> parts;
  if (const auto pass_ns = find_own(report, "squid.pass.cpu_ns"))
    parts.push_back(fmt::format("{:.3g} ms of CPU time per pass", *pass_ns / 1e6));
  const auto process_ns = find_own(report, "squid.process.cpu_ns");
  if (process_ns && report.interval_s > 0)
    parts.push_back(fmt::format("{:.3f} % of one core", *process_ns / 1e7 / report.interval_s));
  if (const auto rss = find_own(report, "squid.process.rss_bytes"))
    parts.push_back(fmt::format("{} of memory", humanise_bytes(*rss)));
  if (!parts.empty()) out.append(fmt::format("squid-bpf itself: {}\n", fmt::join(parts, ", ")));
}

}  // namespace

void encode_table(const Report& report, std::string& out) {
  const std::vector<Row> rows = sorted_rows(report, false);
  const std::vector<Row> groups = sorted_rows(report, true);
  out.append(fmt::format("{:%Y-%m-%d %H:%M:%S} UTC  {}  {}, the last {:g} s\n",
                         fmt::gmtime(static_cast<std::time_t>(report.time_s)),
                         fit_text(report.host, kNameColumns), count_text(rows, groups.size()),
                         std::round(report.interval_s * 100) / 100));
  if (rows.empty()) {
    const auto cgroups = find_own(report, "squid.cgroups.seen");
    out.append("no containers are running");
    if (cgroups)
      out.append(fmt::format(": none of the {:.0f} cgroups on this host belongs to one", *cgroups));
    out.append("\n");
  } else {
    append_rows({"CONTAINER", "ID"}, rows, out);
  }
  if (!groups.empty()) append_rows({"GROUP", "KIND"}, groups, out);
  append_own_cost(report, out);
  out.append("\n");
}

}  // namespace squid
