#include "pipeline/pipeline.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace squid {
namespace {

using std::chrono::nanoseconds;

nanoseconds steady_now() {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

nanoseconds wall_now() {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

Pipeline::Pipeline(boost::asio::io_context& io, Settings settings, Sampler& sampler, SinkSet& sinks,
                   RefreshNames refresh_names, FillSelfMetrics fill_self_metrics)
    : io_(io),
      settings_(std::move(settings)),
      sampler_(sampler),
      sinks_(sinks),
      refresh_names_(std::move(refresh_names)),
      fill_self_metrics_(std::move(fill_self_metrics)),
      timer_(io),
      signals_(io, SIGTERM, SIGINT),
      events_(io),
      clock_(settings_.interval, settings_.flush),
      last_sample_(settings_.started) {}

void Pipeline::watch(int event_fd, std::function<void()> take_in) {
  events_.assign(dup(event_fd));
  take_in_events_ = std::move(take_in);
  wait_for_event();
}

void Pipeline::use(SourceScopes scopes) {
  sampler_.change_intervals(scopes.intervals());
  scopes_ = std::move(scopes);
}

void Pipeline::wait_for_event() {
  events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (error) return;
                       take_in_events_();
                       wait_for_event();
                     });
}

void Pipeline::run() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) stop();
  });
  clock_.start(steady_now(), wall_now());
  window_started_wall_ = wall_now();
  window_started_ = steady_now();
  pass(true);
  spdlog::debug("first sample of {} cgroups {:.0f} ms after start", sampler_.containers(),
                static_cast<double>((steady_now() - settings_.started).count()) * 1e-6);
  wait_for_tick();
  io_.run();
}

void Pipeline::wait_for_tick() {
  timer_.expires_at(std::chrono::steady_clock::time_point(clock_.deadline()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void Pipeline::tick() {
  // It was due already when the stop cancelled the timer, which waits for the sinks now.
  if (stop_by_) return;
  // It was due already when the clock was changed.
  if (steady_now() < clock_.deadline()) return wait_for_tick();
  const auto boundary = clock_.flush_due(wall_now());
  pass(boundary.has_value());
  // Rates need two passes: a window that ends with the very first is joined to the next one.
  if (boundary && passes_ > 1) flush(*boundary);
  if (sinks_.is_over() && !settings_.serves_others) {
    spdlog::error("there is nobody left to report to");
    is_out_of_sinks_ = true;
    return stop();
  }
  self_.metrics().passes_missed += static_cast<double>(clock_.advance(steady_now(), wall_now()));
  wait_for_tick();
}

void Pipeline::change_clocks(nanoseconds interval, nanoseconds flush) {
  if (interval == settings_.interval && flush == settings_.flush) return;
  settings_.interval = interval;
  settings_.flush = flush;
  clock_ = TickClock(interval, flush);
  clock_.start(steady_now(), wall_now());
  wait_for_tick();
}

void Pipeline::pass(bool ends_window) {
  const nanoseconds started = steady_now();
  const std::uint64_t cpu_before = thread_cpu_ns();

  const auto now_ns = static_cast<std::uint64_t>(started.count());
  const Sampler::Change change = sampler_.pass(now_ns, errors_, ends_window);
  warn_of(refresh_names_(now_ns), started);

  SelfMetrics& self = self_.metrics();
  warn_of(errors_, started);
  self.source_errors += static_cast<double>(errors_.size());
  last_error_ = errors_.empty() ? std::string() : errors_.front().message;
  if (change.found) last_sample_ = started;
  errors_.clear();

  self.births += static_cast<double>(change.births);
  self.deaths += static_cast<double>(change.deaths);
  const auto wall_ns = static_cast<double>((steady_now() - started).count());
  self.passes += 1;
  self.pass_cpu_ns += static_cast<double>(thread_cpu_ns() - cpu_before);
  self.pass_wall_ns += wall_ns;
  self.pass_wall_ns_max = std::max(self.pass_wall_ns_max, wall_ns);
  ++passes_;
}

void Pipeline::warn_of(const std::vector<Error>& errors, nanoseconds now) {
  for (const Error& error : errors)
    if (log_limiter_.allow(error.message, now)) spdlog::warn("{}", error.message);
}

void Pipeline::flush(nanoseconds wall_time, bool is_last) {
  auto report = std::make_shared<Report>();
  report->is_last = is_last;
  report->time_s = std::chrono::duration_cast<std::chrono::seconds>(wall_time).count();
  const nanoseconds steady_time = steady_now();
  report->interval_s =
      TickClock::window_seconds(wall_time - window_started_wall_, steady_time - window_started_);
  report->host = settings_.host;
  report->percentiles = sampler_.aggregator().percentiles();
  report->subjects = sampler_.flush();
  report->events = sampler_.take_events();
  window_started_wall_ = wall_time;
  window_started_ = steady_time;
  add_to_report_(*report);

  fill_self_metrics_(self_.metrics());
  report->subjects.push_back(self_.flush(sinks_.health()));

  losses_ = find_losses(*report);
  scopes_.apply(*report);
  sinks_.deliver(report);
  last_report_ = steady_now();
  sinks_.warn_of_faults(last_report_);
}

Status Pipeline::status() const {
  return {.host = settings_.host,
          .now = steady_now(),
          .started = settings_.started,
          .last_sample = last_sample_,
          .last_report = last_report_,
          .interval = settings_.interval,
          .pass_error = last_error_,
          .containers = sampler_.containers(),
          .losses = losses_,
          .sinks = sinks_.health_by_server()};
}

void Pipeline::stop() {
  if (stop_by_) return;
  timer_.cancel();
  boost::system::error_code not_watching;
  events_.cancel(not_watching);
  pass(true);
  flush(wall_now(), true);
  stop_by_ = std::chrono::steady_clock::now() + kLongestStop;
  wait_for_sinks();
}

void Pipeline::wait_for_sinks() {
  if (sinks_.is_idle() || std::chrono::steady_clock::now() >= *stop_by_) {
    sinks_.close();
    io_.stop();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(10));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) wait_for_sinks();
  });
}

}  // namespace squid
