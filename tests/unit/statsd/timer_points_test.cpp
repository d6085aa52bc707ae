#include "statsd/timer_points.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>

#include "statsd/series_names.h"

namespace squid::statsd {
namespace {

using Fields = std::map<std::string, double>;

Fields tell(const std::vector<double>& samples, const Settings& settings = {}) {
  const SeriesNames names(settings);
  const Histogram* histogram = names.histogram_of("key");
  std::vector<std::string> fields = names.timer_fields();
  if (histogram != nullptr)
    for (const Histogram::Bin& bin : histogram->bins) fields.push_back(bin.name);
  TimerValues values;
  for (const double sample : samples) values.add(sample);
  values.sort();
  Fields told;
  const auto note = [&](std::size_t field, double value) { told[fields.at(field)] = value; };
  if (settings.names.style == NameStyle::kGstatsd)
    tell_gstatsd_timer(values, settings.percentiles, note);
  else
    tell_timer(values, static_cast<double>(samples.size()), 10, settings.percentiles, histogram, note);
  return told;
}

Settings with_percentiles(std::vector<double> percentiles) {
  Settings settings;
  settings.percentiles = std::move(percentiles);
  return settings;
}

TEST(TimerPoints, WorkedExampleOfThreeValues) {
  const Fields fields = tell({300, 100, 200}, with_percentiles({80}));
  EXPECT_EQ(fields, (Fields{{"count_80", 2},
                            {"mean_80", 150},
                            {"upper_80", 200},
                            {"sum_80", 300},
                            {"sum_squares_80", 50000},
                            {"std", 81.64965809277261},
                            {"upper", 300},
                            {"lower", 100},
                            {"count", 3},
                            {"count_ps", 0.3},
                            {"sum", 600},
                            {"sum_squares", 140000},
                            {"mean", 200},
                            {"median", 200}}));
}

TEST(TimerPoints, ASingleValueIsEverything) {
  const Fields fields = tell({7}, with_percentiles({1, -1}));
  for (const char* field :
       {"mean_1", "upper_1", "sum_1", "mean_top1", "lower_top1", "upper", "lower", "sum", "mean", "median"})
    EXPECT_EQ(fields.at(field), 7) << field;
  EXPECT_EQ(fields.at("count_top1"), 1);
  EXPECT_EQ(fields.at("sum_squares_1"), 49);
  EXPECT_EQ(fields.at("std"), 0);
}

TEST(TimerPoints, PercentilesOfNoValueAreNotTold) {
  EXPECT_FALSE(tell({1, 2, 3}, with_percentiles({10})).contains("upper_10"));
  EXPECT_FALSE(tell({1, 2, 3}, with_percentiles({-10})).contains("lower_top10"));
}

TEST(TimerPoints, HalfAValueIsAWholeOne) {
  EXPECT_EQ(tell({1, 2, 3, 4, 5}, with_percentiles({50})).at("count_50"), 3);
  EXPECT_EQ(tell({1, 2}, with_percentiles({25})).at("count_25"), 1);
}

TEST(TimerPoints, FractionsAndTheHighest) {
  const Fields fields = tell({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, with_percentiles({99.9, -30}));
  EXPECT_EQ(fields.at("upper_99_9"), 10);
  EXPECT_EQ(fields.at("count_top30"), 3);
  EXPECT_EQ(fields.at("lower_top30"), 8);
  EXPECT_EQ(fields.at("sum_top30"), 27);
  EXPECT_EQ(fields.at("mean_top30"), 9);
  EXPECT_EQ(fields.at("sum_squares_top30"), 245);
}

// Where the reference ships NaN.
TEST(TimerPoints, TheHighestMayBeAll) {
  const Fields fields = tell({1, 3}, with_percentiles({-90}));
  EXPECT_EQ(fields.at("count_top90"), 2);
  EXPECT_EQ(fields.at("sum_top90"), 4);
  EXPECT_EQ(fields.at("lower_top90"), 1);
}

TEST(TimerPoints, TheMedianOfAnEvenNumberLiesBetween) {
  EXPECT_EQ(tell({1, 2, 4, 10}).at("median"), 3);
  EXPECT_EQ(tell({2, 1}).at("median"), 1.5);
}

TEST(TimerPoints, WithoutValuesOnlyTheCount) {
  EXPECT_EQ(tell({}), (Fields{{"count", 0}, {"count_ps", 0}}));
}

TEST(TimerPoints, HistogramsHaveBoundsThatBelongToTheNextBin) {
  Settings settings = with_percentiles({});
  const double infinite = std::numeric_limits<double>::infinity();
  settings.histograms = {{"other", {{1, "bin_1"}}},
                         {"k", {{1, "bin_1"}, {2.5, "bin_2_5"}, {infinite, "bin_inf"}}}};
  const Fields fields = tell({0, 0.5, 1, 2, 2.5, 9}, settings);
  EXPECT_EQ(fields.at("bin_1"), 2);
  EXPECT_EQ(fields.at("bin_2_5"), 2);
  EXPECT_EQ(fields.at("bin_inf"), 2);
  settings.histograms = {{"", {{1, "bin_1"}}}};
  EXPECT_EQ(tell({0, 5}, settings).at("bin_1"), 1);
}

TEST(TimerPoints, GstatsdMeansTheLowest) {
  Settings settings = with_percentiles({80});
  settings.names.style = NameStyle::kGstatsd;
  EXPECT_EQ(tell({300, 100, 200}, settings),
            (Fields{{"mean", 150}, {"upper", 300}, {"upper_80", 200}, {"lower", 100}, {"count", 3}}));
  EXPECT_EQ(tell({7}, settings),
            (Fields{{"mean", 7}, {"upper", 7}, {"upper_80", 7}, {"lower", 7}, {"count", 1}}));
  settings.percentiles = {10};
  EXPECT_EQ(tell({3, 1, 2}, settings),
            (Fields{{"mean", 1}, {"upper", 3}, {"upper_10", 3}, {"lower", 1}, {"count", 3}}));
}

}  // namespace
}  // namespace squid::statsd
