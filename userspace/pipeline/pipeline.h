// Pipeline: the two clocks and the order of things, and the only place that knows them. Each tick is one
// sample pass; a tick that ends a window makes one Report and gives it to every sink. Runs until SIGTERM or
// SIGINT.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/log_limiter.h"
#include "pipeline/sampler.h"
#include "pipeline/self_report.h"
#include "pipeline/sink_set.h"
#include "pipeline/source_scopes.h"
#include "pipeline/status.h"
#include "pipeline/tick_clock.h"

namespace squid {

class Pipeline {
 public:
  struct Settings {
    std::chrono::nanoseconds interval;
    std::chrono::nanoseconds flush;
    std::string host;
    std::chrono::nanoseconds started;  // steady time at which the program started
    bool serves_others = false;        // also goes on where no sink is left
  };
  // Run before each pass: names that were not known yet. Given the steady time.
  // Returns what was wrong with files that tell names.
  using RefreshNames = std::function<std::vector<Error>(std::uint64_t now_ns)>;
  // Run before each flush: fills in what the sources count.
  using FillSelfMetrics = std::function<void(SelfMetrics&)>;
  // Run at each flush: adds what does not come from samples. The report has its time and interval already.
  using AddToReport = std::function<void(Report&)>;

  Pipeline(boost::asio::io_context& io, Settings settings, Sampler& sampler, SinkSet& sinks,
           RefreshNames refresh_names, FillSelfMetrics fill_self_metrics);

  // Runs `take_in` whenever the descriptor is readable, between two passes. The descriptor stays the
  // caller's.
  void watch(int event_fd, std::function<void()> take_in);
  // At most one.
  void add_to_reports(AddToReport add) { add_to_report_ = std::move(add); }
  // From now on.
  void use(SourceScopes scopes);

  void run();
  // The window in the making goes on, and ends when the new clock says so.
  void change_clocks(std::chrono::nanoseconds interval, std::chrono::nanoseconds flush);
  // The last report, and the end of run().
  void stop();
  bool is_stopping() const { return stop_by_.has_value(); }
  // It has ended by itself.
  bool is_out_of_sinks() const { return is_out_of_sinks_; }
  Status status() const;

 private:
  // What a stop may take: the last report is handed over, and the sinks get this long to deliver it.
  static constexpr std::chrono::milliseconds kLongestStop{1800};

  void wait_for_event();
  void wait_for_tick();
  void tick();
  void warn_of(const std::vector<Error>& errors, std::chrono::nanoseconds now);
  void pass(bool ends_window);
  void flush(std::chrono::nanoseconds wall_time, bool is_last = false);
  void wait_for_sinks();

  boost::asio::io_context& io_;
  Settings settings_;
  Sampler& sampler_;
  SinkSet& sinks_;
  RefreshNames refresh_names_;
  FillSelfMetrics fill_self_metrics_;
  AddToReport add_to_report_ = [](Report&) {};
  SourceScopes scopes_;

  boost::asio::steady_timer timer_;
  boost::asio::signal_set signals_;
  boost::asio::posix::stream_descriptor events_;
  std::function<void()> take_in_events_;
  TickClock clock_;
  SelfReport self_;
  LogLimiter log_limiter_;
  std::vector<Error> errors_;  // of the pass at hand
  std::uint64_t passes_ = 0;
  std::vector<Point> losses_;             // as of the last report
  std::string last_error_;                // of the last pass
  std::chrono::nanoseconds last_sample_;  // steady times
  std::chrono::nanoseconds last_report_{};
  std::chrono::nanoseconds window_started_{};
  std::chrono::nanoseconds window_started_wall_{};                // wall time
  std::optional<std::chrono::steady_clock::time_point> stop_by_;  // once it is asked to stop
  bool is_out_of_sinks_ = false;
};

}  // namespace squid
