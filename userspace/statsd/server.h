// Server: what shards received, put together, and once per flush what was in there as part of a report. It
// knows no transport.
//
// At every instant: lines' outcomes = accepted + bad + refused + limited + announced; lines that were sent on
// connections are in there once they end.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/log_limiter.h"
#include "core/report.h"
#include "statsd/origin.h"
#include "statsd/settings.h"
#include "statsd/shard.h"
#include "statsd/window.h"

namespace squid::statsd {

class Server {
 public:
  // What is counted around the server. Since start, but for the last four.
  struct TransportFigures {
    double kernel_drops = 0;
    double truncated = 0;
    double delayed = 0;
    double closed_quiet = 0;
    double load_left_out = 0;
    double connections = 0;
    double open_lines = 0;
    double buffer_bytes = 0;
    double most_waiting = 0;  // since the last flush
  };
  // Since start.
  struct Figures : TransportFigures {
    double packets = 0;
    double lines = 0;
    double accepted = 0;
    double refused = 0;
    double limited = 0;
    double announced = 0;
    double with_origin = 0;   // packets
    double false_claims = 0;  // lines
    std::array<double, kBadLineReasons> bad{};
    double keys = 0;
    double sketches = 0;

    void add(const Shard::Counts& counts);
  };
  // Who a cgroup is; null where it is no container.
  using FindOrigin = std::function<OriginSource::Answer(std::uint64_t cgroup)>;
  // Takes over what one has that is not ours, by calling us.
  using Collect = std::function<void()>;

  explicit Server(const Settings& settings);

  // From now on. Where a key tells its origin stays as it was.
  void change(const Settings& settings);
  void find_origins_by(FindOrigin find) { find_origin_ = std::move(find); }
  void collect_by(Collect collect) { collect_others_ = std::move(collect); }

  // Of what comes in the server's own thread.
  Shard& shard() { return shard_; }
  void take_over(Shard& shard);
  // All that any shard has.
  void collect();

  // Ends the window: appends what clients sent, and what the server says about itself and about containers.
  void append_to(Report& report, const TransportFigures& from_transports, WindowObserver* observer = nullptr);

  // Of all that was taken over.
  const Figures& figures() const { return figures_; }
  // Unix time; 0: none has come yet.
  std::int64_t last_packet_s() const { return last_packet_s_; }
  Window& window() { return window_; }

 private:
  // What a container did in this window.
  struct Conduct {
    std::shared_ptr<const Container> container;
    Shard::Counts counts;
    std::uint64_t false_claims = 0;
  };

  void note_conduct(const OriginSource::Answer& origin, const Shard::Account& account);
  void warn_of(const Conduct& conduct);
  void append_conduct(Report& report);

  Shard shard_;
  Window window_;
  FindOrigin find_origin_;
  Collect collect_others_;
  std::map<std::string, Conduct> conduct_;  // by the container's id
  LogLimiter log_limiter_;
  Figures figures_;
  Figures at_flush_;
  std::int64_t last_packet_s_ = 0;
};

}  // namespace squid::statsd
