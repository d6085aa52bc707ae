#include "pipeline/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "core/version.h"
#include "pipeline/sink_troubles.h"

namespace squid {
namespace {

using namespace std::chrono_literals;

// What a busy host may take beyond the interval.
constexpr Status::Time kPatience = 10s;
constexpr std::size_t kLongestError = 200;

std::string ago(Status::Time now, Status::Time then) {
  return fmt::format("{:.1f} s ago", static_cast<double>((now - then).count()) * 1e-9);
}

std::string duration_text(Status::Time time) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
  return fmt::format("{} d {} h {} min", minutes / 1440, minutes / 60 % 24, minutes % 60);
}

std::string age_text(const SinkHealth& health) {
  const bool waits = health.queued_reports + health.spooled_reports > 0;
  return waits ? fmt::format("{:.0f} s", health.oldest_age_s) : "-";
}

// What does not get through, and why; nothing where all does.
void append_troubles(std::string_view sink, const SinkHealth& health, std::string& text) {
  std::string troubles;
  if (!health.last_error.empty())
    troubles += fmt::format("  last error: {}\n", health.last_error.substr(0, kLongestError));
  if (!health.spool_error.empty())
    troubles += fmt::format("  nothing is kept on disk: {}\n", health.spool_error.substr(0, kLongestError));
  for (const SinkTrouble& trouble : find_troubles(health))
    troubles += fmt::format("  {} {}\n", trouble.count, trouble.of);
  if (!health.refused_path.empty()) troubles += fmt::format("  see {}\n", health.refused_path);
  while (sink.starts_with(' ')) sink.remove_prefix(1);
  if (!troubles.empty()) text += fmt::format("\n{}:\n{}", sink, troubles);
}

}  // namespace

std::optional<std::string> compute_fault(const Status& status) {
  const Status::Time age = status.now - status.last_sample;
  if (age <= 3 * status.interval + kPatience) return std::nullopt;
  return fmt::format("the last sample was taken {}{}{}", ago(status.now, status.last_sample),
                     status.pass_error.empty() ? "" : ": ", status.pass_error);
}

std::vector<Point> find_losses(const Report& report) {
  std::vector<Point> losses;
  for (const Subject& subject : report.subjects)
    if (!subject.container && !subject.names)
      std::ranges::copy_if(subject.points, std::back_inserter(losses), [](const Point& point) {
        return point.value > 0 && point.metric->name.find(".loss.") != std::string_view::npos;
      });
  return losses;
}

std::string compute_status_text(const Status& status) {
  const auto fault = compute_fault(status);
  std::string text = fault ? fmt::format("unhealthy: {}\n", *fault) : fmt::format("{}\n", kHealthy);
  text += fmt::format("squid-bpf {} on {}, for {}\n", kVersion, status.host,
                      duration_text(status.now - status.started));
  text += fmt::format("containers   {}\n", status.containers);
  text += fmt::format("last sample  {}\n", ago(status.now, status.last_sample));
  text += fmt::format("last report  {}\n", status.last_report == Status::Time::zero()
                                               ? "none yet"
                                               : ago(status.now, status.last_report));
  if (status.last_reload != Status::Time::zero())
    text += fmt::format(
        "last reload  {}{}{}\n", ago(status.now, status.last_reload),
        status.reload_error.empty() ? "" : ", refused: ", status.reload_error.substr(0, kLongestError));
  if (!status.pass_error.empty())
    text += fmt::format("last error   {}\n", status.pass_error.substr(0, kLongestError));

  std::size_t width = 4;
  for (const SelfReport::NamedHealth& row : status.sinks) width = std::max(width, row.sink.size());
  text += fmt::format("\n{:<{}}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {}\n", "REPORTS", width,
                      "SENT", "DELIVERED", "IN MEMORY", "ON DISK", "OLDEST", "DROPPED", "RETRIES", "SINK");
  for (const auto& [sink, health, asked_for] : status.sinks)
    text += fmt::format("{:<{}}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}{}{}\n", sink, width,
                        health.sent_reports, health.delivered_reports, health.queued_reports,
                        health.spooled_reports, age_text(health), health.dropped_reports, health.retried,
                        asked_for.empty() ? "" : "  ", asked_for.substr(0, kLongestError));
  for (const SelfReport::NamedHealth& row : status.sinks) append_troubles(row.sink, row.health, text);
  if (!status.losses.empty()) text += "\ncounted as lost, since the start:\n";
  for (const Point& loss : status.losses)
    text += fmt::format("  {:.0f} {} ({})\n", loss.value, loss.metric->unit, loss.metric->name);
  return text;
}

}  // namespace squid
