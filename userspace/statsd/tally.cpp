#include "statsd/tally.h"

#include <cmath>
#include <utility>

namespace squid::statsd {
namespace {

// Most values are whole, and need no division.
double weight_of(const Value& value) {
  return value.rate == 1 ? 1 : 1 / value.rate;
}

}  // namespace

template <typename Entry>
Entry* Tally::find_or_make(Map<Entry>& map, std::string_view key, std::size_t most_keys) {
  if (const auto found = map.find(key); found != map.end()) return &found->second;
  if (keys_ >= most_keys || room_->keys >= room_->most_keys) return nullptr;
  ++keys_;
  ++room_->keys;
  return &map.try_emplace(std::string(key)).first->second;
}

void Tally::keep(std::ptrdiff_t more) {
  kept_ += static_cast<std::size_t>(more);
  room_->kept += static_cast<std::size_t>(more);
}

void Tally::move(Gauge& gauge, double by) {
  if (room_->kept >= Room::kMostKept && !gauge.moves.empty()) {
    gauge.moves.back() += by;
    return;
  }
  gauge.moves.push_back(by);
  keep(1);
}

bool Tally::add(const Value& value, std::size_t most_keys) {
  switch (value.type) {
    case MetricType::kCounter: {
      const double number = value.number * weight_of(value);
      Counter* counter = find_or_make(counters, value.key, most_keys);
      if (counter == nullptr || !std::isfinite(counter->sum + number)) return false;
      counter->sum += number;
      ++counter->count;
      return true;
    }
    case MetricType::kGauge: {
      Gauge* gauge = find_or_make(gauges, value.key, most_keys);
      if (gauge == nullptr) return false;
      const double next = value.relative ? gauge->value + value.number : value.number;
      if (!std::isfinite(next)) return false;
      gauge->value = next;
      gauge->is_set |= !value.relative;
      if (!gauge->is_set) move(*gauge, value.number);
      ++gauge->count;
      return true;
    }
    case MetricType::kTimer: {
      Timer* timer = find_or_make(timers, value.key, most_keys);
      if (timer == nullptr) return false;
      if (room_->kept >= Room::kMostKept && timer->values.exact()) {
        keep(-static_cast<std::ptrdiff_t>(timer->values.kept()));
        timer->values.sketch();
      }
      keep(timer->values.add(value.number));
      timer->weighted_count += weight_of(value);
      ++timer->count;
      return true;
    }
    case MetricType::kSet: {
      Set* set = find_or_make(sets, value.key, most_keys);
      if (set == nullptr) return false;
      if (room_->kept >= Room::kMostKept && set->members.exact()) {
        keep(-static_cast<std::ptrdiff_t>(set->members.kept()));
        set->members.estimate();
      }
      keep(set->members.add(SeededHash()(value.member)));
      ++set->count;
      return true;
    }
  }
  return false;
}

void Tally::begin_anew() {
  const auto is_idle = [](auto& entry) { return std::exchange(entry.second.count, 0) == 0; };
  boost::unordered::erase_if(counters, [&](auto& entry) {
    entry.second.sum = 0;
    return is_idle(entry);
  });
  boost::unordered::erase_if(gauges, [&](auto& entry) {
    const bool idle = is_idle(entry);
    entry.second = {};
    return idle;
  });
  boost::unordered::erase_if(timers, [&](auto& entry) {
    entry.second.values.clear();
    entry.second.weighted_count = 0;
    return is_idle(entry);
  });
  boost::unordered::erase_if(sets, [&](auto& entry) {
    entry.second.members = {};
    return is_idle(entry);
  });
  room_->keys -= keys_ - keys();
  keys_ = keys();
  keep(-static_cast<std::ptrdiff_t>(kept_));
}

void Tally::leave() {
  room_->keys -= std::exchange(keys_, 0);
}

}  // namespace squid::statsd
