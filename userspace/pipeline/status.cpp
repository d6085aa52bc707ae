#include "pipeline/status.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/version.h"

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

}  // namespace

std::optional<std::string> compute_fault(const Status& status) {
  const Status::Time age = status.now - status.last_sample;
  if (age <= 3 * status.interval + kPatience) return std::nullopt;
  return fmt::format("the last sample was taken {}{}{}", ago(status.now, status.last_sample),
                     status.pass_error.empty() ? "" : ": ", status.pass_error);
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
  for (const auto& [sink, health] : status.sinks) width = std::max(width, sink.size());
  text += fmt::format("\n{:<{}}  {:>9}  {:>9}  {:>9}  {:>9}  {}\n", "SINK", width, "DELIVERED", "QUEUED",
                      "DROPPED", "RETRIED", "LAST ERROR");
  for (const auto& [sink, health] : status.sinks)
    text += fmt::format("{:<{}}  {:>9}  {:>9}  {:>9}  {:>9}  {}\n", sink, width, health.delivered_reports,
                        health.queued_reports, health.dropped_reports, health.retried,
                        health.last_error.empty() ? "-" : health.last_error.substr(0, kLongestError));
  return text;
}

}  // namespace squid
