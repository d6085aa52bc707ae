// Settings: how a statsd server reads, counts and names. The defaults are those of statsd/statsd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "statsd/value.h"

namespace squid::statsd {

enum class NameStyle : std::uint8_t {
  kLegacy,   // stats.a and stats_counts.a, stats.timers.a.mean, ...
  kNew,      // stats.counters.a.rate and .count, all prefixes as set
  kGstatsd,  // as gstatsd has them, with its few statistics
};

// Where a key tells which container its values come from.
enum class OriginPlace : std::uint8_t { kNowhere, kPrefix, kTag };

struct NameSettings {
  NameStyle style = NameStyle::kLegacy;
  // Of the new style. An empty one is left out with its dot.
  std::string prefix = "stats";
  std::string counter_prefix = "counters";
  std::string timer_prefix = "timers";
  std::string gauge_prefix = "gauges";
  std::string set_prefix = "sets";
  // Of all styles.
  std::string own_prefix = "statsd";  // of what the server says about itself
  std::string suffix;
  std::string key_prefix;  // in front of every key
};

// Counts how many values of the timers whose key holds `match` are below each bound, and not below the one
// before.
struct Histogram {
  struct Bin {
    double bound;      // may be infinite
    std::string name;  // "bin_0_5", "bin_inf"
  };
  std::string match;
  std::vector<Bin> bins;  // ascending
};

struct Settings {
  Dialect dialect = Dialect::kStrict;
  NameSettings names;
  OriginPlace origin = OriginPlace::kNowhere;
  std::vector<double> percentiles{90};  // below zero: of the highest
  std::vector<Histogram> histograms;    // the first that matches
  bool ship_counts = true;              // of counters, beside the rate
  // What nobody sent during a window is not shipped and forgotten.
  bool delete_counters = false;
  bool delete_timers = false;
  bool delete_gauges = false;
  bool delete_sets = false;
  unsigned gauge_ttl = 1;  // windows that a gauge outlives, with delete_gauges
  double flush_s = 10;
  std::size_t most_keys = 200'000;  // new ones beyond are refused
  // Of each sender that is known, per flush and thread that receives; 0: no other limit than for all.
  std::size_t container_keys = 0;
  std::uint64_t container_values = 0;
};

}  // namespace squid::statsd
