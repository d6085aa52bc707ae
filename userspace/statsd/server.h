// Server: packets in, and once per flush what was in them as part of a report. It knows no transport.
//
// At every instant: lines' outcomes = accepted + bad + refused + announced; lines that were sent on
// connections are in there once they end.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/report.h"
#include "statsd/line_parser.h"
#include "statsd/origin_key.h"
#include "statsd/settings.h"
#include "statsd/window.h"

namespace squid::statsd {

class Server {
 public:
  // What is counted around the server. Since start, but for the last three.
  struct TransportFigures {
    double kernel_drops = 0;
    double truncated = 0;
    double delayed = 0;
    double closed_quiet = 0;
    double load_left_out = 0;
    double connections = 0;
    double open_lines = 0;
    double buffer_bytes = 0;
  };
  // Since start.
  struct Figures : TransportFigures {
    double packets = 0;
    double lines = 0;
    double accepted = 0;
    double refused = 0;
    double announced = 0;
    double with_origin = 0;   // packets
    double false_claims = 0;  // lines
    std::array<double, kBadLineReasons> bad{};
    double keys = 0;
    double sketches = 0;
  };

  explicit Server(Settings settings);

  // From now on. Where a key tells its origin stays as it was.
  void change(Settings settings);

  // Lines with '\n' between them. `origin` is null where it is not known.
  void take(std::string_view packet, const Origin* origin = nullptr);
  // A line that its transport could not take.
  void drop(BadLine reason);
  // Ends the window: appends what clients sent, and what the server says about itself.
  void append_to(Report& report, const TransportFigures& from_transports, WindowObserver* observer = nullptr);

  const Figures& figures() const { return figures_; }
  // Unix time; 0: none has come yet.
  std::int64_t last_packet_s() const { return last_packet_s_; }
  Window& window() { return window_; }

 private:
  void take_line(std::string_view line, const Origin* origin);
  void add(const Value& value, const Origin* origin);

  LineParser parser_;
  OriginKey origin_key_;
  Window window_;
  Figures figures_;
  Figures at_flush_;
  std::int64_t last_packet_s_ = 0;
};

}  // namespace squid::statsd
