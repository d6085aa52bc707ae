// Tally: what clients have sent since a Window last took it over, by key. One hash look-up for each value.
// Keys stay for one more window, so that the next values find them.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "statsd/member_set.h"
#include "statsd/seeded_hash.h"
#include "statsd/timer_values.h"
#include "statsd/value.h"

namespace squid::statsd {

// What several tallies have together.
struct Room {
  // Over all timers, sets and moves of gauges; beyond these, new values go into sketches and sums only.
  static constexpr std::size_t kMostKept = 4'000'000;

  std::size_t most_keys = 0;
  std::size_t keys = 0;
  std::size_t kept = 0;  // values, members and moves that are kept one by one
};

class Tally {
 public:
  template <typename Entry>
  using Map = boost::unordered_flat_map<std::string, Entry, SeededHash, SameText>;

  // Of all of them: how many values have come.
  struct Counter {
    double sum = 0;
    std::uint64_t count = 0;
  };
  struct Gauge {
    double value = 0;           // where it would stand, had it begun at 0
    std::vector<double> moves;  // one after the other, until it is set: sums are rounded at every step
    bool is_set = false;        // to a number, and not only moved
    std::uint64_t count = 0;
  };
  // First what every value of a busy one touches.
  struct Timer {
    double weighted_count = 0;
    std::uint64_t count = 0;
    TimerValues values;
  };
  struct Set {
    MemberSet members;
    std::uint64_t count = 0;
  };

  // `room` outlives it.
  explicit Tally(Room& room) : room_(&room) {}

  // False: refused, because there are too many keys, or because a sum would leave what a number can hold.
  // It may have so many keys itself, and all that share the room what that says.
  bool add(const Value& value, std::size_t most_keys);
  std::size_t keys() const { return counters.size() + gauges.size() + timers.size() + sets.size(); }
  // All has been taken over.
  void begin_anew();
  // Its keys make room for others; it is not used any more.
  void leave();

  // Whoever takes them over may take timers' values and sets' members away.
  Map<Counter> counters;
  Map<Gauge> gauges;
  Map<Timer> timers;
  Map<Set> sets;

 private:
  template <typename Entry>
  Entry* find_or_make(Map<Entry>& map, std::string_view key, std::size_t most_keys);
  void keep(std::ptrdiff_t more);
  void move(Gauge& gauge, double by);

  Room* room_;
  std::size_t keys_ = 0;  // in the room
  std::size_t kept_ = 0;
};

}  // namespace squid::statsd
