// One flush of a statsd window, as tests look at it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "core/report.h"
#include "statsd/shard.h"
#include "statsd/window.h"

namespace squid::statsd {

// Returns how many values were refused.
inline std::uint64_t send(Window& window, Dialect dialect, std::initializer_list<std::string_view> lines,
                          std::size_t most_keys = Settings{}.most_keys) {
  Settings settings;
  settings.dialect = dialect;
  settings.most_keys = most_keys;
  Shard shard(settings);
  for (const std::string_view line : lines) shard.take(line);
  std::uint64_t refused = 0;
  for (auto& [number, account] : shard.accounts()) {
    const Window::Refusals refusals = window.absorb(account.tally, nullptr);
    refused += account.counts.refused + refusals.refused + refusals.too_long;
    for (const std::uint64_t bad : account.counts.bad) refused += bad;
  }
  return refused;
}

// {name: value}, without what depends on the clock.
inline std::map<std::string, double> values_of(const Subject& subject) {
  std::map<std::string, double> values;
  for (const Point& point : subject.points)
    if (point.metric->name.find("processing_time") == std::string_view::npos)
      values[std::string(point.metric->name)] = point.value;
  return values;
}

}  // namespace squid::statsd
