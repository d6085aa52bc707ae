#include "statsd/series_names.h"

#include <fmt/format.h>

#include <cmath>

namespace squid::statsd {
namespace {

// "stats.timers.", without the parts that are empty.
std::string path(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts)
    if (!part.empty()) text.append(part).append(".");
  return text;
}

std::vector<std::string> make_timer_fields(const Settings& settings) {
  std::vector<std::string> fields;
  if (settings.names.style == NameStyle::kGstatsd) {
    fields = {"mean", "upper"};
    for (const double percentile : settings.percentiles)
      fields.push_back(fmt::format("upper_{:.0f}", std::trunc(percentile)));
    fields.insert(fields.end(), {"lower", "count"});
    return fields;
  }
  for (const double percentile : settings.percentiles) {
    const std::string text = percentile_text(percentile);
    for (const std::string_view field :
         {"count", "mean", percentile > 0 ? "upper" : "lower", "sum", "sum_squares"})
      fields.push_back(fmt::format("{}_{}", field, text));
  }
  fields.insert(fields.end(),
                {"std", "upper", "lower", "count", "count_ps", "sum", "sum_squares", "mean", "median"});
  return fields;
}

std::shared_ptr<const NameBlock> make_block(std::vector<std::string> texts) {
  auto block = std::make_shared<NameBlock>();
  block->texts = std::move(texts);
  for (const std::string& text : block->texts)
    block->infos.push_back({.name = text, .unit = "", .kind = MetricKind::kGauge, .help = ""});
  return block;
}

}  // namespace

std::string percentile_text(double percentile) {
  std::string text = fmt::format("{}", std::fabs(percentile));
  if (const std::size_t dot = text.find('.'); dot != std::string::npos) text[dot] = '_';
  return (percentile < 0 ? "top" : "") + text;
}

SeriesNames::SeriesNames(const Settings& settings)
    : settings_(settings.names),
      histograms_(settings.histograms),
      timer_fields_(make_timer_fields(settings)) {
  const NameSettings& names = settings_;
  if (names.style == NameStyle::kNew) {
    counters_ = path({names.prefix, names.counter_prefix});
    timers_ = path({names.prefix, names.timer_prefix});
    gauges_ = path({names.prefix, names.gauge_prefix});
    sets_ = path({names.prefix, names.set_prefix});
    own_ = path({names.prefix, names.own_prefix});
    return;
  }
  counters_ = "stats.";
  timers_ = "stats.timers.";
  gauges_ = names.style == NameStyle::kLegacy ? "stats.gauges." : "stats.";
  sets_ = "stats.sets.";
  own_ = path({"stats", names.own_prefix});
}

std::string SeriesNames::name(std::string_view group, std::string_view key, std::string_view field) const {
  const std::size_t end = key.find(';');
  std::string text(group);
  if (!settings_.key_prefix.empty()) text.append(settings_.key_prefix).append(".");
  text.append(key.substr(0, end));
  if (!field.empty()) text.append(".").append(field);
  if (!settings_.suffix.empty()) text.append(".").append(settings_.suffix);
  // Tags stand behind the whole name.
  if (end != std::string_view::npos) text.append(key.substr(end));
  return text;
}

std::vector<std::string> SeriesNames::name_counter(std::string_view key) const {
  if (settings_.style == NameStyle::kNew)
    return {name(counters_, key, "rate"), name(counters_, key, "count")};
  return {name(counters_, key, ""), name("stats_counts.", key, "")};
}

const Histogram* SeriesNames::histogram_of(std::string_view key) const {
  if (settings_.style == NameStyle::kGstatsd) return nullptr;
  for (const Histogram& histogram : histograms_)
    if (key.find(histogram.match) != std::string_view::npos) return &histogram;
  return nullptr;
}

std::shared_ptr<const NameBlock> SeriesNames::make(MetricType type, std::string_view key) const {
  std::vector<std::string> texts;
  switch (type) {
    case MetricType::kCounter:
      return make_block(name_counter(key));
    case MetricType::kGauge:
      texts.push_back(name(gauges_, key, ""));
      if (settings_.style == NameStyle::kGstatsd) texts.push_back(name("stats_counts.", key, ""));
      break;
    case MetricType::kTimer:
      for (const std::string& field : timer_fields_) texts.push_back(name(timers_, key, field));
      if (const Histogram* histogram = histogram_of(key))
        for (const Histogram::Bin& bin : histogram->bins)
          texts.push_back(name(timers_, key, "histogram." + bin.name));
      break;
    case MetricType::kSet:
      texts.push_back(name(sets_, key, "count"));
      break;
  }
  return make_block(std::move(texts));
}

std::shared_ptr<const NameBlock> SeriesNames::make_own(std::string_view field) const {
  std::string text = own_;
  // The one name of the old style that has never had the prefix.
  if (settings_.style != NameStyle::kNew && field == "numStats") text = path({settings_.own_prefix});
  text += field;
  if (!settings_.suffix.empty()) text.append(".").append(settings_.suffix);
  return make_block({std::move(text)});
}

}  // namespace squid::statsd
