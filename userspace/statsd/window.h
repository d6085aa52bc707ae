// Window: everything that was sent since the last flush, and what lives longer than that: the gauges, and the
// keys that go on with zeros until they are forgotten. One hash look-up for each value.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/report.h"
#include "statsd/member_set.h"
#include "statsd/seeded_hash.h"
#include "statsd/series_names.h"
#include "statsd/settings.h"
#include "statsd/timer_values.h"
#include "statsd/value.h"
#include "statsd/window_observer.h"

namespace squid::statsd {

// What is held of one key, for people who ask.
struct Holding {
  double number = 0;           // a counter's sum, a gauge's value, how many values or members
  std::vector<double> values;  // of a timer, those that are kept one by one
};

class Window {
 public:
  // Over all timers and sets; beyond these, new values go into sketches only.
  static constexpr std::size_t kMostKept = 4'000'000;

  // What the server tells about itself under its own names.
  struct Own {
    double packets = 0;
    double lines = 0;
    double bad_lines = 0;
  };

  explicit Window(Settings settings);

  // From now on; what was sent in this window already is shipped as the new settings want it.
  void change(Settings settings);

  // False: refused, because there are too many keys, or because a sum would leave what a number can hold.
  bool add(const Value& value);
  // Ends the window. The first window has no lag. `observer` may be null.
  Subject flush(const Own& own, double interval_s, WindowObserver* observer = nullptr);

  std::map<std::string, Holding> held(MetricType type) const;
  // `pattern` is a key, or "folder.*". Returns the keys that are gone, in order.
  std::vector<std::string> forget(MetricType type, std::string_view pattern);

  std::size_t keys() const { return counters_.size() + timers_.size() + gauges_.size() + sets_.size(); }
  // Timers and sets of this window that are told by sketches.
  std::size_t sketches() const;

 private:
  template <typename Entry>
  using Map = boost::unordered_flat_map<std::string, Entry, SeededHash, std::equal_to<>>;
  using Names = std::shared_ptr<const NameBlock>;

  struct Counter {
    double sum = 0;
    bool seen = false;
    bool own = false;
    Names names;
  };
  struct Gauge {
    double value = 0;
    unsigned ttl = 0;
    Names names;
  };
  struct Timer {
    TimerValues values;
    double weighted_count = 0;
    bool seen = false;
    Names names;
  };
  struct Set {
    MemberSet members;
    bool seen = false;
    Names names;
  };
  // The points of a flush, and the names they refer to.
  struct Output;

  template <typename Entry>
  Entry* find_or_make(Map<Entry>& map, std::string_view key);
  bool add_counter(std::string_view key, double number);
  bool add_gauge(const Value& value);
  bool add_timer(const Value& value);
  bool add_set(const Value& value);

  std::string own_key(std::string_view field) const;
  void show(WindowObserver& observer);
  template <typename Entry>
  std::vector<std::string> forget(Map<Entry>& map, std::string_view pattern);
  void note_own(const Own& own, double interval_s);
  void flush_counters(double interval_s, Output& out);
  void flush_timers(double interval_s, Output& out);
  void flush_gauges(Output& out);
  void flush_sets(Output& out);

  Settings settings_;
  SeriesNames names_;
  Map<Counter> counters_;
  Map<Gauge> gauges_;
  Map<Timer> timers_;
  Map<Set> sets_;
  std::size_t kept_ = 0;  // values and members that are kept one by one
  bool first_ = true;
  Names num_stats_;
  Names processing_time_;
};

}  // namespace squid::statsd
