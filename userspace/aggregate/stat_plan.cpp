#include "aggregate/stat_plan.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <optional>

namespace squid {
namespace {

constexpr auto kStats = std::to_array<Stat>(
    {Stat::kLast, Stat::kMean, Stat::kLower, Stat::kUpper, Stat::kUpperPercentile, Stat::kCount, Stat::kRaw});

// A count or a raw value makes sense only where the metric counts something: a growth of percent does not.
bool applies(const MetricRow& row, Stat stat) {
  if (stat != Stat::kCount && stat != Stat::kRaw) return true;
  return row.info.kind == MetricKind::kCounter && row.info.unit.ends_with("/s");
}

StatSet every_stat(const MetricRow& row) {
  StatSet set;
  for (const Stat stat : kStats)
    if (applies(row, stat)) set.add(stat);
  return set;
}

std::optional<Stat> parse_stat(std::string_view name) {
  for (const Stat stat : kStats)
    if (stat_name(stat) == name) return stat;
  return std::nullopt;
}

Result<StatSet> parse_stats(std::string_view list, const MetricRow& row) {
  StatSet set;
  while (true) {
    const auto comma = list.find(',');
    const std::string_view word = list.substr(0, comma);
    if (word == "all") {
      set = every_stat(row);
    } else if (word == "default") {
      set = row.default_stats;
    } else if (word == "none") {
      set = StatSet{};
    } else if (const auto stat = parse_stat(word)) {
      if (applies(row, *stat)) set.add(*stat);
    } else {
      return Error{
          fmt::format("--stats: '{}' is no statistic; there are last, mean, lower, upper, upper_N, count, "
                      "raw, all, default and none",
                      word)};
    }
    if (comma == std::string_view::npos) return set;
    list.remove_prefix(comma + 1);
  }
}

Result<void> apply_choice(const std::string& choice, StatPlan& plan) {
  const auto equals = choice.find('=');
  const std::string pattern = equals == std::string::npos ? "*" : choice.substr(0, equals);
  const std::string_view list = std::string_view(choice).substr(equals == std::string::npos ? 0 : equals + 1);
  bool matched = false;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const MetricRow& row = kMetricTable[i];
    if (fnmatch(pattern.c_str(), std::string(row.info.name).c_str(), 0) != 0) continue;
    matched = true;
    const auto set = parse_stats(list, row);
    if (!set) return set.error();
    plan.stats[i] = *set;
  }
  if (!matched)
    return Error{
        fmt::format("--stats: no metric is called '{}'; `squid-bpf metrics` prints them all", pattern)};
  return {};
}

}  // namespace

std::vector<std::uint16_t> StatPlan::rows() const {
  std::vector<std::uint16_t> rows;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (!stats[i].empty() || !extras[i].empty()) rows.push_back(static_cast<std::uint16_t>(i));
  return rows;
}

GroupMask StatPlan::groups_of_samples() const {
  GroupMask groups = 0;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto is_asked = [&](Stat stat) { return stats[i].has(stat) || extras[i].has(stat); };
    const bool is_gauge = kMetricTable[i].info.kind == MetricKind::kGauge;
    if ((is_gauge && is_asked(Stat::kMean)) || is_asked(Stat::kLower) || is_asked(Stat::kUpper) ||
        is_asked(Stat::kUpperPercentile))
      groups |= group_bit(kMetricTable[i].group);
  }
  return groups;
}

void StatPlan::need(std::string_view metric, Stat stat) {
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (kMetricTable[i].info.name == metric && !stats[i].has(stat)) extras[i].add(stat);
}

Result<StatPlan> compute_stat_plan(const std::vector<std::string>& choices) {
  StatPlan plan;
  for (std::size_t i = 0; i < kMetricCount; ++i) plan.stats[i] = kMetricTable[i].default_stats;
  for (const std::string& choice : choices)
    if (const auto applied = apply_choice(choice, plan); !applied) return applied.error();
  return plan;
}

}  // namespace squid
