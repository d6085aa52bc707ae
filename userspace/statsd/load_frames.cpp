#include "statsd/load_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <utility>

#include "statsd/series_names.h"
#include "statsd/timer_points.h"

namespace squid::statsd {
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

// A flush at the full minute ends the minute before.
std::int64_t frame_of(std::int64_t flush_s) {
  return (flush_s - 1) / LoadFrames::kFrameS * LoadFrames::kFrameS;
}

// Of positive percentiles the highest, of negative ones the lowest. A percentile of several flushes cannot be
// computed from that of each.
double more_extreme(double percentile, double a, double b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  return percentile > 0 ? std::max(a, b) : std::min(a, b);
}

}  // namespace

LoadFrames::LoadFrames(std::vector<double> percentiles, std::int64_t now_s)
    : percentiles_(std::move(percentiles)) {
  frames_.emplace_back().start_s = frame_of(now_s);
}

void LoadFrames::begin(std::int64_t flush_s) {
  // A clock that was set back goes on in the frame at hand.
  if (frame_of(flush_s) <= frames_.back().start_s) return;
  frames_.emplace_back().start_s = frame_of(flush_s);
  // The current one does not count as full. Minutes without a flush have no frame, and pass all the same.
  const std::int64_t oldest_s = frames_.back().start_s - static_cast<std::int64_t>(kMostFrames) * kFrameS;
  while (frames_.front().start_s < oldest_s) frames_.pop_front();
}

template <typename Entry>
Entry* LoadFrames::find_or_make(Map<Entry>& map, std::string_view key) {
  if (const auto found = map.find(key); found != map.end()) return &found->second;
  std::size_t series = 0;
  for (const Frame& frame : frames_) series += frame.size();
  if (series >= kMostSeries) {
    ++left_out_;
    return nullptr;
  }
  return &map.try_emplace(std::string(key)).first->second;
}

void LoadFrames::see_counter(std::string_view key, double sum) {
  if (double* counter = find_or_make(frames_.back().counters, key)) *counter += sum;
}

void LoadFrames::see_gauge(std::string_view key, double value) {
  if (double* gauge = find_or_make(frames_.back().gauges, key)) *gauge = value;
}

void LoadFrames::see_set(std::string_view key, double count) {
  if (double* set = find_or_make(frames_.back().sets, key)) *set = std::max(*set, count);
}

void LoadFrames::see_timer(std::string_view key, const TimerValues& values) {
  Timer* timer = find_or_make(frames_.back().timers, key);
  if (timer == nullptr) return;
  const std::size_t count = values.count();
  Timer seen{.sum = values.lowest(count).sum,
             .count = static_cast<double>(count),
             .lower = values.at_rank(1),
             .upper = values.at_rank(count),
             .percentiles = {}};
  for (const double percentile : percentiles_)
    seen.percentiles.push_back(percentile_bound(values, percentile).value_or(kAbsent));
  merge(*timer, seen);
}

void LoadFrames::merge(Timer& into, const Timer& timer) const {
  if (into.count == 0) {
    into = timer;
    return;
  }
  into.sum += timer.sum;
  into.count += timer.count;
  into.lower = std::min(into.lower, timer.lower);
  into.upper = std::max(into.upper, timer.upper);
  for (std::size_t i = 0; i < percentiles_.size(); ++i)
    into.percentiles[i] = more_extreme(percentiles_[i], into.percentiles[i], timer.percentiles[i]);
}

void LoadFrames::merge(Frame& into, const Frame& frame) const {
  for (const auto& [key, sum] : frame.counters) into.counters[key] += sum;
  for (const auto& [key, value] : frame.gauges) into.gauges[key] = value;
  for (const auto& [key, count] : frame.sets) into.sets[key] = std::max(into.sets[key], count);
  for (const auto& [key, timer] : frame.timers) merge(into.timers[key], timer);
}

std::string LoadFrames::encode(std::size_t frames, bool full) const {
  const std::int64_t current_s = frames_.back().start_s;
  const std::int64_t end_s = full ? current_s : current_s + kFrameS;
  const std::int64_t begin_s = end_s - static_cast<std::int64_t>(frames) * kFrameS;
  Frame merged{.start_s = current_s, .counters = {}, .gauges = {}, .sets = {}, .timers = {}};
  for (const Frame& frame : frames_)
    if (frame.start_s >= begin_s && frame.start_s < end_s) merge(merged, frame);
  return encode(merged);
}

std::string LoadFrames::encode(const Frame& merged) const {
  // In order, and no name twice, whatever clients call their keys.
  std::map<std::string, double> stats(merged.counters.begin(), merged.counters.end());
  for (const auto& [key, value] : merged.gauges) stats["stats.gauges." + key] = value;
  for (const auto& [key, count] : merged.sets) stats[fmt::format("stats.sets.{}.count", key)] = count;
  for (const auto& [key, timer] : merged.timers) {
    const auto tell = [&stats, &name = key](std::string_view field, double value) {
      stats[fmt::format("stats.timers.{}.{}", name, field)] = value;
    };
    tell("sum", timer.sum);
    tell("count", timer.count);
    tell("mean", timer.sum / timer.count);
    tell("lower", timer.lower);
    tell("upper", timer.upper);
    for (std::size_t i = 0; i < percentiles_.size(); ++i)
      tell(fmt::format("{}_{}", percentiles_[i] > 0 ? "upper" : "lower", percentile_text(percentiles_[i])),
           timer.percentiles[i]);
  }
  std::erase_if(stats, [](const auto& stat) { return !std::isfinite(stat.second); });
  std::string json = fmt::format("{{\"last_frame_time\": {}", merged.start_s);
  // Keys have no character that JSON would want to be escaped.
  std::string_view before = ", \"Stat\": {";
  for (const auto& [name, value] : stats)
    fmt::format_to(std::back_inserter(json), "{}\"{}\": {}", std::exchange(before, ", "), name, value);
  json += stats.empty() ? "}\n" : "}}\n";
  return json;
}

}  // namespace squid::statsd
