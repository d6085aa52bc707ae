#include "statsd/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "statsd/timer_points.h"

namespace squid::statsd {

struct Window::Output {
  void tell(const Names& names, std::size_t field, double value) {
    points.push_back(Point{.metric = &names->infos[field], .stat = Stat::kValue, .value = value});
  }
  // Once for each key.
  void hold(const Names& names) {
    held->push_back(names);
    ++keys;
  }

  std::vector<Point> points;
  std::shared_ptr<std::vector<Names>> held = std::make_shared<std::vector<Names>>();
  std::size_t keys = 0;
};

Window::Window(Settings settings)
    : settings_(std::move(settings)),
      origin_key_(settings_.origin),
      names_(settings_),
      num_stats_(names_.make_own("numStats")),
      processing_time_(names_.make_own("processing_time")) {}

void Window::change(Settings settings) {
  if (settings.names.own_prefix != settings_.names.own_prefix) {
    boost::unordered::erase_if(counters_, [](const auto& entry) { return entry.second.own; });
    gauges_.erase(own_key("timestamp_lag"));
  }
  settings_ = std::move(settings);
  names_ = SeriesNames(settings_);
  num_stats_ = names_.make_own("numStats");
  processing_time_ = names_.make_own("processing_time");
  for (auto& [key, counter] : counters_) counter.names.reset();
  for (auto& [key, gauge] : gauges_) gauge.names.reset();
  for (auto& [key, timer] : timers_) timer.names.reset();
  for (auto& [key, set] : sets_) set.names.reset();
}

template <typename Entry>
Entry* Window::find_or_make(Map<Entry>& map, std::string_view key) {
  if (const auto found = map.find(key); found != map.end()) return &found->second;
  if (keys() >= settings_.most_keys) return nullptr;
  return &map.try_emplace(std::string(key)).first->second;
}

bool Window::absorb(std::string_view key, const Tally::Counter& from) {
  Counter* counter = find_or_make(counters_, key);
  if (counter == nullptr || !std::isfinite(counter->sum + from.sum)) return false;
  counter->sum += from.sum;
  counter->seen = true;
  return true;
}

bool Window::absorb(std::string_view key, const Tally::Gauge& from) {
  Gauge* gauge = find_or_make(gauges_, key);
  if (gauge == nullptr) return false;
  double next = from.is_set ? from.value : gauge->value;
  if (!from.is_set)
    for (const double by : from.moves) next += by;
  if (!std::isfinite(next)) return false;
  gauge->value = next;
  gauge->ttl = settings_.gauge_ttl;
  return true;
}

bool Window::absorb(std::string_view key, Tally::Timer& from) {
  Timer* timer = find_or_make(timers_, key);
  if (timer == nullptr) return false;
  kept_ -= timer->values.kept();
  timer->values.merge(from.values);
  if (kept_ + timer->values.kept() > Room::kMostKept) timer->values.sketch();
  kept_ += timer->values.kept();
  timer->weighted_count += from.weighted_count;
  timer->seen = true;
  return true;
}

bool Window::absorb(std::string_view key, Tally::Set& from) {
  Set* set = find_or_make(sets_, key);
  if (set == nullptr) return false;
  kept_ -= set->members.kept();
  set->members.merge(from.members);
  if (kept_ + set->members.kept() > Room::kMostKept) set->members.estimate();
  kept_ += set->members.kept();
  set->seen = true;
  return true;
}

std::optional<std::string_view> Window::key_of(std::string_view key, const Origin* origin) {
  return origin == nullptr ? key : origin_key_.write(key, *origin);
}

template <typename Entry>
void Window::absorb(Map<Entry>& entries, const Origin* origin, Refusals& refusals) {
  for (auto& [key, entry] : entries) {
    if (entry.count == 0) continue;
    const auto whole_key = key_of(key, origin);
    if (!whole_key)
      refusals.too_long += entry.count;
    else if (!absorb(*whole_key, entry))
      refusals.refused += entry.count;
  }
}

Window::Refusals Window::absorb(Tally& tally, const Origin* origin) {
  Refusals refusals;
  absorb(tally.counters, origin, refusals);
  absorb(tally.gauges, origin, refusals);
  absorb(tally.timers, origin, refusals);
  absorb(tally.sets, origin, refusals);
  return refusals;
}

std::size_t Window::sketches() const {
  std::size_t count = 0;
  for (const auto& [key, timer] : timers_) count += !timer.values.exact();
  for (const auto& [key, set] : sets_) count += !set.members.exact();
  return count;
}

std::string Window::own_key(std::string_view field) const {
  const std::string& prefix = settings_.names.own_prefix;
  return prefix.empty() ? std::string(field) : fmt::format("{}.{}", prefix, field);
}

void Window::note_own(const Own& own, double interval_s) {
  const std::pair<std::string_view, double> counters[] = {
      {"bad_lines_seen", own.bad_lines}, {"packets_received", own.packets}, {"metrics_received", own.lines}};
  for (const auto& [field, count] : counters) {
    Counter& counter = counters_[own_key(field)];
    counter.sum += count;
    counter.own = true;
  }
  if (std::exchange(first_, false)) return;
  Gauge& lag = gauges_[own_key("timestamp_lag")];
  lag.value = std::round(interval_s - settings_.flush_s);
  lag.ttl = settings_.gauge_ttl;
}

void Window::flush_counters(double interval_s, Output& out) {
  for (auto& [key, counter] : counters_) {
    if (settings_.delete_counters && !counter.seen && !counter.own) continue;
    if (!counter.names) counter.names = names_.make(MetricType::kCounter, key);
    out.hold(counter.names);
    out.tell(counter.names, 0, counter.sum / interval_s);
    if (settings_.ship_counts) out.tell(counter.names, 1, counter.sum);
  }
  boost::unordered::erase_if(counters_, [this](auto& entry) {
    Counter& counter = entry.second;
    counter.sum = 0;
    return !std::exchange(counter.seen, false) && settings_.delete_counters && !counter.own;
  });
}

void Window::flush_timers(double interval_s, Output& out) {
  const bool gstatsd = settings_.names.style == NameStyle::kGstatsd;
  for (auto& [key, timer] : timers_) {
    if (settings_.delete_timers && !timer.seen) continue;
    if (!timer.names) timer.names = names_.make(MetricType::kTimer, key);
    const auto tell = [&out, &names = timer.names](std::size_t field, double value) {
      out.tell(names, field, value);
    };
    timer.values.sort();
    if (!gstatsd)
      tell_timer(timer.values, timer.weighted_count, interval_s, settings_.percentiles,
                 names_.histogram_of(key), tell);
    else if (timer.values.count() > 0)
      tell_gstatsd_timer(timer.values, settings_.percentiles, tell);
    out.hold(timer.names);
    kept_ -= timer.values.kept();
    timer.values.clear();
    timer.weighted_count = 0;
  }
  boost::unordered::erase_if(timers_, [this](auto& entry) {
    return !std::exchange(entry.second.seen, false) && settings_.delete_timers;
  });
}

void Window::flush_gauges(Output& out) {
  for (auto& [key, gauge] : gauges_) {
    if (!gauge.names) gauge.names = names_.make(MetricType::kGauge, key);
    out.hold(gauge.names);
    for (std::size_t i = 0; i < gauge.names->infos.size(); ++i) out.tell(gauge.names, i, gauge.value);
  }
  if (!settings_.delete_gauges) return;
  boost::unordered::erase_if(gauges_, [](auto& entry) { return entry.second.ttl-- <= 1; });
}

void Window::flush_sets(Output& out) {
  for (auto& [key, set] : sets_) {
    if (settings_.delete_sets && !set.seen) continue;
    if (!set.names) set.names = names_.make(MetricType::kSet, key);
    out.hold(set.names);
    out.tell(set.names, 0, set.members.count());
  }
  boost::unordered::erase_if(sets_, [this](auto& entry) {
    Set& set = entry.second;
    kept_ -= set.members.kept();
    set.members = {};
    return !std::exchange(set.seen, false) && settings_.delete_sets;
  });
}

void Window::show(WindowObserver& observer) {
  for (const auto& [key, counter] : counters_)
    if (counter.seen) observer.see_counter(key, counter.sum);
  const std::string lag = own_key("timestamp_lag");
  for (const auto& [key, gauge] : gauges_)
    if (key != lag) observer.see_gauge(key, gauge.value);
  for (const auto& [key, set] : sets_)
    if (set.seen) observer.see_set(key, set.members.count());
  for (auto& [key, timer] : timers_) {
    if (timer.values.count() == 0) continue;
    timer.values.sort();
    observer.see_timer(key, timer.values);
  }
}

std::map<std::string, Holding> Window::held(MetricType type) const {
  std::map<std::string, Holding> all;
  switch (type) {
    case MetricType::kCounter:
      for (const auto& [key, counter] : counters_) all[key].number = counter.sum;
      break;
    case MetricType::kGauge:
      for (const auto& [key, gauge] : gauges_) all[key].number = gauge.value;
      break;
    case MetricType::kTimer:
      for (const auto& [key, timer] : timers_)
        all[key] = {.number = static_cast<double>(timer.values.count()), .values = timer.values.values()};
      break;
    case MetricType::kSet:
      for (const auto& [key, set] : sets_) all[key].number = set.members.count();
      break;
  }
  return all;
}

template <typename Entry>
std::vector<std::string> Window::forget(Map<Entry>& map, std::string_view pattern) {
  const std::string_view folder = pattern.ends_with(".*") ? pattern.substr(0, pattern.size() - 1) : "";
  std::vector<std::string> gone;
  boost::unordered::erase_if(map, [&](const auto& entry) {
    const std::string& key = entry.first;
    if (key != pattern && (folder.empty() || !key.starts_with(folder))) return false;
    gone.push_back(key);
    if constexpr (requires { entry.second.values; }) kept_ -= entry.second.values.kept();
    if constexpr (requires { entry.second.members; }) kept_ -= entry.second.members.kept();
    return true;
  });
  std::sort(gone.begin(), gone.end());
  return gone;
}

std::vector<std::string> Window::forget(MetricType type, std::string_view pattern) {
  switch (type) {
    case MetricType::kCounter:
      return forget(counters_, pattern);
    case MetricType::kGauge:
      return forget(gauges_, pattern);
    case MetricType::kTimer:
      return forget(timers_, pattern);
    case MetricType::kSet:
      return forget(sets_, pattern);
  }
  return {};
}

Subject Window::flush(const Own& own, double interval_s, WindowObserver* observer) {
  const auto started = std::chrono::steady_clock::now();
  if (observer != nullptr) show(*observer);
  const bool gstatsd = settings_.names.style == NameStyle::kGstatsd;
  if (!gstatsd) note_own(own, interval_s);
  Output out;
  flush_counters(interval_s, out);
  flush_timers(interval_s, out);
  flush_gauges(out);
  flush_sets(out);
  out.tell(num_stats_, 0, static_cast<double>(out.keys));
  out.held->push_back(num_stats_);
  if (!gstatsd) {
    const auto took = std::chrono::steady_clock::now() - started;
    out.tell(processing_time_, 0,
             static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
    out.held->push_back(processing_time_);
  }
  return Subject{.container = nullptr, .points = std::move(out.points), .names = std::move(out.held)};
}

}  // namespace squid::statsd
