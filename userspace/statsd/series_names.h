// SeriesNames: what the series of a key are called. Rendered once for each key and kept with it; a report
// holds on to the names that it uses.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/metric_table.h"
#include "statsd/settings.h"
#include "statsd/value.h"

namespace squid::statsd {

// The names of one key, in the order in which its values are computed.
struct NameBlock {
  std::vector<std::string> texts;
  std::vector<MetricInfo> infos;
};

class SeriesNames {
 public:
  explicit SeriesNames(const Settings& settings);

  // A counter's rate and count; a gauge's value, with gstatsd's names twice; a set's count.
  // A timer's fields in the order of timer_fields(), then the bins of its histogram.
  std::shared_ptr<const NameBlock> make(MetricType type, std::string_view key) const;
  // Of the server itself.
  std::shared_ptr<const NameBlock> make_own(std::string_view field) const;

  // "count_90", ..., "std", "upper", ...
  const std::vector<std::string>& timer_fields() const { return timer_fields_; }
  // Null where none matches.
  const Histogram* histogram_of(std::string_view key) const;

 private:
  std::vector<std::string> name_counter(std::string_view key) const;
  std::string name(std::string_view group, std::string_view key, std::string_view field) const;

  NameSettings settings_;
  std::vector<Histogram> histograms_;
  std::vector<std::string> timer_fields_;
  std::string counters_;  // what stands in front of the key, with its dot
  std::string timers_;
  std::string gauges_;
  std::string sets_;
  std::string own_;
};

// 90 -> "90", 99.9 -> "99_9", -90 -> "top90".
std::string percentile_text(double percentile);

}  // namespace squid::statsd
