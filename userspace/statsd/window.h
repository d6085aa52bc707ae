// Window: everything that was sent since the last flush, put together of all tallies, and what lives longer
// than that: the gauges, and the keys that go on with zeros until they are forgotten.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/report.h"
#include "statsd/origin_key.h"
#include "statsd/series_names.h"
#include "statsd/settings.h"
#include "statsd/tally.h"
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
  // What the server tells about itself under its own names.
  struct Own {
    double packets = 0;
    double lines = 0;
    double bad_lines = 0;
  };

  explicit Window(Settings settings);

  // From now on; what was sent in this window already is shipped as the new settings want it.
  void change(Settings settings);

  // What a tally counted as taken, and has no place here.
  struct Refusals {
    std::uint64_t refused = 0;   // too many keys, or a sum would leave what a number can hold
    std::uint64_t too_long = 0;  // keys, with their origin in them
  };
  // All of it; then it has to begin anew. `origin` is null where it is not known.
  Refusals absorb(Tally& tally, const Origin* origin);
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
  using Map = Tally::Map<Entry>;
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
  // Each: whether it has a place.
  bool absorb(std::string_view key, const Tally::Counter& counter);
  bool absorb(std::string_view key, const Tally::Gauge& gauge);
  bool absorb(std::string_view key, Tally::Timer& timer);
  bool absorb(std::string_view key, Tally::Set& set);
  template <typename Entry>
  void absorb(Map<Entry>& entries, const Origin* origin, Refusals& refusals);
  std::optional<std::string_view> key_of(std::string_view key, const Origin* origin);

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
  OriginKey origin_key_;
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
