// StatPlan: which statistics of which metric ship. The table's defaults, changed by --stats.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/group_mask.h"
#include "core/metric_table.h"
#include "core/result.h"

namespace squid {

struct StatPlan {
  std::array<StatSet, kMetricCount> stats;
  // What does not ship, but is there for sinks that cannot do without it.
  std::array<StatSet, kMetricCount> extras{};
  // Rows with at least one statistic, in table order.
  std::vector<std::uint16_t> rows() const;
  // Groups of which every sample counts. What else ships says the same if it is read once in a window.
  GroupMask groups_of_samples() const;
  // `metric` is in the table.
  void need(std::string_view metric, Stat stat);
  bool operator==(const StatPlan&) const = default;
};

// Each choice is "[PATTERN=]STAT[,STAT...]": PATTERN is a metric name with * and ?, STAT one of last, mean,
// lower, upper, upper_N, count, raw, all, default, none. Later choices overrule earlier ones for the metrics
// they name.
Result<StatPlan> compute_stat_plan(const std::vector<std::string>& choices);

}  // namespace squid
