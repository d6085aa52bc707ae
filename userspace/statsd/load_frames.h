// LoadFrames: what clients sent during the last quarter of an hour, minute by minute, for those who ask how
// loaded things are. It holds what each flush told of each key, and merges that on demand.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "statsd/seeded_hash.h"
#include "statsd/window_observer.h"

namespace squid::statsd {

class LoadFrames : public WindowObserver {
 public:
  static constexpr std::int64_t kFrameS = 60;
  static constexpr std::size_t kMostFrames = 15;  // that can be asked for
  // In all frames together; what exceeds it is left out and counted.
  static constexpr std::size_t kMostSeries = 500'000;

  LoadFrames(std::vector<double> percentiles, std::int64_t now_s);

  // What comes next is of a flush that ended then.
  void begin(std::int64_t flush_s);
  void see_counter(std::string_view key, double sum) override;
  void see_gauge(std::string_view key, double value) override;
  void see_set(std::string_view key, double count) override;
  void see_timer(std::string_view key, const TimerValues& values) override;

  // The last `frames` minutes as JSON; with `full` without the one that has not ended yet.
  std::string encode(std::size_t frames, bool full) const;
  std::uint64_t left_out() const { return left_out_; }

 private:
  struct Timer {
    double sum = 0;
    double count = 0;
    double lower = 0;
    double upper = 0;
    std::vector<double> percentiles;  // the most extreme that a flush had; NaN where none had one
  };
  template <typename Entry>
  using Map = boost::unordered_flat_map<std::string, Entry, SeededHash, SameText>;
  struct Frame {
    std::int64_t start_s = 0;
    Map<double> counters;
    Map<double> gauges;
    Map<double> sets;
    Map<Timer> timers;

    std::size_t size() const { return counters.size() + gauges.size() + sets.size() + timers.size(); }
  };

  template <typename Entry>
  Entry* find_or_make(Map<Entry>& map, std::string_view key);
  void merge(Timer& into, const Timer& timer) const;
  void merge(Frame& into, const Frame& frame) const;
  std::string encode(const Frame& merged) const;

  std::vector<double> percentiles_;
  std::deque<Frame> frames_;  // the newest is the last
  std::uint64_t left_out_ = 0;
};

}  // namespace squid::statsd
