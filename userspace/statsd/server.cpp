#include "statsd/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string_view>
#include <utility>

#include "statsd/own_metrics.h"

namespace squid::statsd {

namespace {

template <typename Numbers>
double sum_of(const Numbers& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0);
}

// Clients may shorten an id, and not below what docker shows.
bool is_false(std::string_view claimed_id, const Origin& origin) {
  constexpr std::size_t kShortest = 12;
  const std::string& id = origin.container->id;
  return claimed_id.size() < kShortest ? claimed_id != id : !id.starts_with(claimed_id);
}

std::uint64_t count_false(const Shard::Account& account, const Origin& origin) {
  std::uint64_t lines = 0;
  for (const auto& [id, count] : account.claims)
    if (is_false(id, origin)) lines += count;
  return lines;
}

}  // namespace

Server::Server(const Settings& settings) : shard_(settings), window_(settings) {}

void Server::change(const Settings& settings) {
  shard_.change(settings);
  window_.change(settings);
}

void Server::take_over(Shard& shard) {
  for (auto& [number, account] : shard.accounts()) {
    Shard::Counts& counts = account.counts;
    if (counts.lines == 0 && counts.packets == 0) continue;
    OriginSource::Answer origin = account.sender.origin;
    if (!origin && account.sender.cgroup != 0 && find_origin_) origin = find_origin_(account.sender.cgroup);
    const Window::Refusals refusals = window_.absorb(account.tally, origin.get());
    counts.accepted -= refusals.refused + refusals.too_long;
    counts.refused += refusals.refused;
    counts.bad[static_cast<std::size_t>(BadLine::kTooLong)] += refusals.too_long;
    figures_.add(counts);
    if (!origin) continue;
    figures_.with_origin += static_cast<double>(counts.packets);
    note_conduct(origin, account);
  }
  last_packet_s_ = std::max(last_packet_s_, shard.last_packet_s());
  shard.begin_anew();
}

void Server::Figures::add(const Shard::Counts& counts) {
  packets += static_cast<double>(counts.packets);
  lines += static_cast<double>(counts.lines);
  accepted += static_cast<double>(counts.accepted);
  refused += static_cast<double>(counts.refused);
  limited += static_cast<double>(counts.limited);
  announced += static_cast<double>(counts.announced);
  for (std::size_t i = 0; i < bad.size(); ++i) bad[i] += static_cast<double>(counts.bad[i]);
}

void Server::collect() {
  take_over(shard_);
  if (collect_others_) collect_others_();
}

void Server::note_conduct(const OriginSource::Answer& origin, const Shard::Account& account) {
  const std::uint64_t false_claims = count_false(account, *origin);
  figures_.false_claims += static_cast<double>(false_claims);
  Conduct& conduct = conduct_[origin->container->id];
  conduct.container = origin->container;
  conduct.counts.add(account.counts);
  conduct.false_claims += false_claims;
}

// What is beyond a bound is said with the name of whom it is about, and not for every value of it.
void Server::warn_of(const Conduct& conduct) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto warn = [&](std::uint64_t values, std::string_view bound) {
    if (values == 0 || !log_limiter_.allow(conduct.container->id + std::string(bound), now)) return;
    spdlog::warn("statsd: {} values of container {} were refused, {}", values, conduct.container->name,
                 bound);
  };
  warn(conduct.counts.refused, "for it has too many keys, or there are too many of all");
  warn(conduct.counts.limited, "for it sends more than --statsd-container-rate allows");
}

void Server::append_conduct(Report& report) {
  for (const auto& [id, conduct] : std::exchange(conduct_, {})) {
    warn_of(conduct);
    if (!conduct.container->selected) continue;
    auto subject = std::ranges::find_if(report.subjects, [&wanted = id](const Subject& candidate) {
      return candidate.container != nullptr && candidate.container->id == wanted;
    });
    if (subject == report.subjects.end())
      subject = report.subjects.insert(subject, Subject{.container = conduct.container, .points = {}});
    for (Point& point : container_points(conduct.counts, conduct.false_claims))
      subject->points.push_back(point);
  }
}

void Server::append_to(Report& report, const TransportFigures& from_transports, WindowObserver* observer) {
  collect();
  static_cast<TransportFigures&>(figures_) = from_transports;
  figures_.sketches = static_cast<double>(window_.sketches());
  append_conduct(report);
  report.subjects.push_back(window_.flush({.packets = figures_.packets - at_flush_.packets,
                                           .lines = figures_.lines - at_flush_.lines,
                                           .bad_lines = sum_of(figures_.bad) - sum_of(at_flush_.bad)},
                                          report.interval_s, observer));
  figures_.keys = static_cast<double>(window_.keys());
  at_flush_ = figures_;
  report.subjects.push_back(Subject{.container = nullptr, .points = own_points(figures_)});
}

}  // namespace squid::statsd
