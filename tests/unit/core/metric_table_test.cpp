#include "core/metric_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace squid {
namespace {

TEST(MetricTable, NamesAreUniqueAndFitEverySink) {
  std::set<std::string_view> names;
  for (const MetricRow& row : kMetricTable) {
    EXPECT_TRUE(names.insert(row.info.name).second) << row.info.name;
    EXPECT_TRUE(std::all_of(row.info.name.begin(), row.info.name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '.' || c == '_';
    })) << row.info.name;
  }
}

TEST(MetricTable, EveryRowSaysWhatItIs) {
  for (const MetricRow& row : kMetricTable) {
    EXPECT_FALSE(row.info.unit.empty()) << row.info.name;
    EXPECT_FALSE(row.info.help.empty()) << row.info.name;
    EXPECT_NE(row.member, nullptr) << row.info.name;
  }
}

TEST(MetricTable, UnitsFitTheKind) {
  for (const MetricRow& row : kMetricTable) {
    const bool is_counter = row.info.kind == MetricKind::kCounter;
    const bool per_second = row.info.unit.ends_with("/s");
    EXPECT_EQ(is_counter, per_second || (is_counter && row.info.unit == "percent")) << row.info.name;
    // A count is the growth as the kernel counts it, so a scale would change its unit.
    EXPECT_TRUE(!per_second || row.scale == 1.0) << row.info.name;
  }
}

TEST(MetricTable, PercentagesNameTheirBase) {
  for (const MetricRow& row : kMetricTable) {
    if (row.info.unit != "percent" || row.group == MetricGroup::kPressure) continue;
    EXPECT_NE(row.info.name.find("percent_of_"), std::string_view::npos) << row.info.name;
  }
}

TEST(MetricTable, GaugesShipNoCounterStatistics) {
  for (const MetricRow& row : kMetricTable) {
    if (row.info.kind == MetricKind::kCounter) continue;
    EXPECT_FALSE(row.default_stats.has(Stat::kCount)) << row.info.name;
    EXPECT_FALSE(row.default_stats.has(Stat::kRaw)) << row.info.name;
  }
}

TEST(MetricTable, SharesLimitsAndPeaksDoNotAddUp) {
  std::vector<std::string_view> names;
  for (const MetricRow& row : kMetricTable)
    if (!adds_up(row) && row.group != MetricGroup::kPressure) names.push_back(row.info.name);
  EXPECT_EQ(names, (std::vector<std::string_view>{"cpu.percent_of_limit", "cpu.limit", "memory.max_usage",
                                                  "memory.limit", "memory.percent_of_limit", "pids.limit"}));
}

}  // namespace
}  // namespace squid
