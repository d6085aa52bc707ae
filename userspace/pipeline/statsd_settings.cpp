#include "pipeline/statsd_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "statsd/key_buffer.h"
#include "statsd/number.h"

namespace squid {
namespace {

using statsd::Histogram;

// "web.time=10,100,inf"; "web.time=" has no bins, and keeps these timers from the ones behind it.
Result<Histogram> parse_histogram(const std::string& text) {
  const auto wrong = [&](std::string_view why) {
    return Error{fmt::format("--statsd-histogram '{}': {}; write TEXT=BOUND,BOUND,...", text, why)};
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return wrong("it has no bounds");
  Histogram histogram{.match = text.substr(0, equals), .bins = {}};
  std::string_view rest = std::string_view(text).substr(equals + 1);
  for (bool more = !rest.empty(); more;) {
    const std::size_t comma = rest.find(',');
    const std::string_view bound = rest.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
    const auto number =
        bound == "inf" ? std::numeric_limits<double>::infinity() : statsd::parse_decimal(bound);
    if (!number) return wrong(fmt::format("'{}' is no number", bound));
    if (!histogram.bins.empty() && *number <= histogram.bins.back().bound)
      return wrong("the bounds must rise");
    std::string name = fmt::format("bin_{}", *number);
    if (const std::size_t dot = name.find('.'); dot != std::string::npos) name[dot] = '_';
    histogram.bins.push_back({*number, std::move(name)});
  }
  return histogram;
}

Result<void> check_name_part(std::string_view option, std::string_view text) {
  const auto allowed = [](char c) { return c == '.' || statsd::name_byte(c) == statsd::NameByte::kClean; };
  const bool dots = text.starts_with('.') || text.ends_with('.') || text.find("..") != std::string_view::npos;
  if (!dots && std::all_of(text.begin(), text.end(), allowed)) return {};
  return Error{
      fmt::format("{} '{}' cannot stand in a name: use letters, digits, _ and -, with single dots between",
                  option, text)};
}

statsd::OriginPlace origin_of(std::string_view place) {
  if (place == "prefix") return statsd::OriginPlace::kPrefix;
  return place == "tag" ? statsd::OriginPlace::kTag : statsd::OriginPlace::kNowhere;
}

Result<void> check_names(const Options::Statsd& options) {
  for (const auto& [option, text] : statsd_name_parts(options))
    if (const auto valid = check_name_part("--" + option, text); !valid) return valid.error();
  return {};
}

statsd::Dialect dialect_of(std::string_view name) {
  if (name == "reference") return statsd::Dialect::kReference;
  return name == "gstatsd" ? statsd::Dialect::kGstatsd : statsd::Dialect::kStrict;
}

statsd::NameSettings names_of(const Options::Statsd& options) {
  using enum statsd::NameStyle;
  return {.style = options.names == "new"       ? kNew
                   : options.names == "gstatsd" ? kGstatsd
                                                : kLegacy,
          .prefix = options.prefix,
          .counter_prefix = options.counter_prefix,
          .timer_prefix = options.timer_prefix,
          .gauge_prefix = options.gauge_prefix,
          .set_prefix = options.set_prefix,
          .own_prefix = options.own_prefix,
          .suffix = options.suffix,
          .key_prefix = options.key_prefix};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> statsd_name_parts(const Options::Statsd& options) {
  return {{"statsd-prefix", options.prefix},
          {"statsd-counter-prefix", options.counter_prefix},
          {"statsd-timer-prefix", options.timer_prefix},
          {"statsd-gauge-prefix", options.gauge_prefix},
          {"statsd-set-prefix", options.set_prefix},
          {"statsd-own-prefix", options.own_prefix},
          {"statsd-suffix", options.suffix},
          {"statsd-key-prefix", options.key_prefix}};
}

Result<statsd::Settings> compute_statsd_settings(const Options& options) {
  const Options::Statsd& wanted = options.statsd;
  if (const auto valid = check_names(wanted); !valid) return valid.error();
  statsd::Settings settings;
  settings.dialect = dialect_of(wanted.dialect);
  settings.names = names_of(wanted);
  settings.origin = origin_of(wanted.origin);
  settings.percentiles = wanted.percentiles;
  if (std::find(settings.percentiles.begin(), settings.percentiles.end(), 0) != settings.percentiles.end())
    return Error{
        "--statsd-percent 0 is the percentile of nothing; choose something from -100 to 100 but zero"};
  for (const std::string& text : wanted.histograms) {
    auto histogram = parse_histogram(text);
    if (!histogram) return histogram.error();
    settings.histograms.push_back(*std::move(histogram));
  }
  // gstatsd forgets everything at each flush.
  const auto forgets = [&](std::string_view type) {
    return settings.names.style == statsd::NameStyle::kGstatsd ||
           std::any_of(wanted.delete_idle.begin(), wanted.delete_idle.end(),
                       [&](const std::string& word) { return word == type || word == "all"; });
  };
  settings.delete_counters = forgets("counters");
  settings.delete_timers = forgets("timers");
  settings.delete_gauges = forgets("gauges");
  settings.delete_sets = forgets("sets");
  settings.gauge_ttl = wanted.gauge_ttl;
  settings.ship_counts = !wanted.no_counts;
  settings.flush_s = std::chrono::duration<double>(options.flush).count();
  settings.most_keys = wanted.max_keys;
  settings.container_keys = wanted.container_keys;
  if (wanted.container_rate > 0 && settings.origin == statsd::OriginPlace::kNowhere)
    return Error{"--statsd-container-rate needs --statsd-origin: nobody knows who sends without it"};
  settings.container_values =
      static_cast<std::uint64_t>(std::ceil(static_cast<double>(wanted.container_rate) * settings.flush_s));
  return settings;
}

}  // namespace squid
