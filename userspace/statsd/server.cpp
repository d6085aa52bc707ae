#include "statsd/server.h"

#include <cstring>
#include <ctime>
#include <numeric>
#include <utility>

#include "statsd/own_metrics.h"

namespace squid::statsd {

namespace {

// Without a system call, as good as the last timer tick.
std::int64_t coarse_time_s() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec;
}

// Clients may shorten an id, and not below what docker shows.
bool is_false(const Claim& claim, const Origin& origin) {
  constexpr std::size_t kShortest = 12;
  const std::string_view id = claim.container_id;
  if (id.empty()) return false;
  return id.size() < kShortest ? id != origin.container_id : !origin.container_id.starts_with(id);
}

}  // namespace

Server::Server(Settings settings)
    : parser_(settings.dialect), origin_key_(settings.origin), window_(std::move(settings)) {}

void Server::change(Settings settings) {
  parser_ = LineParser(settings.dialect);
  window_.change(std::move(settings));
}

void Server::take(std::string_view packet, const Origin* origin) {
  ++figures_.packets;
  if (origin != nullptr) ++figures_.with_origin;
  last_packet_s_ = coarse_time_s();
  while (!packet.empty()) {
    const void* end = std::memchr(packet.data(), '\n', packet.size());
    const std::size_t length = end == nullptr
                                   ? packet.size()
                                   : static_cast<std::size_t>(static_cast<const char*>(end) - packet.data());
    if (length > 0) take_line(packet.substr(0, length), origin);
    packet.remove_prefix(end == nullptr ? length : length + 1);
  }
}

void Server::take_line(std::string_view line, const Origin* origin) {
  ++figures_.lines;
  parser_.begin(line);
  if (origin != nullptr && is_false(parser_.claim(), *origin)) ++figures_.false_claims;
  for (;;) {
    switch (parser_.next()) {
      case LineParser::Outcome::kEnd:
        return;
      case LineParser::Outcome::kValue:
        add(parser_.value(), origin);
        break;
      case LineParser::Outcome::kBad:
        ++figures_.bad[static_cast<std::size_t>(parser_.bad())];
        break;
      case LineParser::Outcome::kAnnouncement:
        ++figures_.announced;
        break;
    }
  }
}

void Server::add(const Value& value, const Origin* origin) {
  if (origin == nullptr) {
    ++(window_.add(value) ? figures_.accepted : figures_.refused);
    return;
  }
  const auto key = origin_key_.write(value.key, *origin);
  if (!key) {
    ++figures_.bad[static_cast<std::size_t>(BadLine::kTooLong)];
    return;
  }
  Value attributed = value;
  attributed.key = *key;
  add(attributed, nullptr);
}

void Server::drop(BadLine reason) {
  ++figures_.lines;
  ++figures_.bad[static_cast<std::size_t>(reason)];
}

void Server::append_to(Report& report, const TransportFigures& from_transports, WindowObserver* observer) {
  const auto bad = [](const Figures& figures) {
    return std::accumulate(figures.bad.begin(), figures.bad.end(), 0.0);
  };
  static_cast<TransportFigures&>(figures_) = from_transports;
  figures_.sketches = static_cast<double>(window_.sketches());
  report.subjects.push_back(window_.flush({.packets = figures_.packets - at_flush_.packets,
                                           .lines = figures_.lines - at_flush_.lines,
                                           .bad_lines = bad(figures_) - bad(at_flush_)},
                                          report.interval_s, observer));
  figures_.keys = static_cast<double>(window_.keys());
  at_flush_ = figures_;
  report.subjects.push_back(Subject{.container = nullptr, .points = own_points(figures_)});
}

}  // namespace squid::statsd
