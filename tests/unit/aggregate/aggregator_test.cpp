#include "aggregate/aggregator.h"

#include <gtest/gtest.h>

#include <optional>

namespace squid {
namespace {

constexpr MetricInfo kRate{"rate", "things/s", MetricKind::kCounter, "help"};
constexpr MetricInfo kGauge{"gauge", "bytes", MetricKind::kGauge, "help"};
const StatSet kEvery = StatSet::of(
    {Stat::kLast, Stat::kMean, Stat::kLower, Stat::kUpper, Stat::kUpperPercentile, Stat::kCount, Stat::kRaw});

std::shared_ptr<const Container> named(const std::string& name) {
  auto container = std::make_shared<Container>();
  container->id = container->name = name;
  return container;
}

MetricValue gauge(double value) {
  return {.value = value};
}
MetricValue counter(double growth, double seconds, double raw) {
  return {.value = growth / seconds, .growth = growth, .seconds = seconds, .raw = raw};
}

std::optional<double> find(const Subject& subject, std::string_view metric, Stat stat, int percentile = 0) {
  for (const Point& point : subject.points)
    if (point.metric->name == metric && point.stat == stat && point.percentile == percentile)
      return point.value;
  return std::nullopt;
}

class AggregatorTest : public testing::Test {
 protected:
  void add(CgroupRoster::Slot slot, MetricValue rate, MetricValue level) {
    const std::vector<MetricValue> values{rate, level};
    aggregator_.add(slot, container_, values);
  }

  std::shared_ptr<const Container> container_ = named("web");
  Aggregator aggregator_{{{&kRate, kEvery}, {&kGauge, kEvery}}, {50, 90}};
};

TEST_F(AggregatorTest, GaugeStatistics) {
  for (const double value : {4.0, 1.0, 3.0, 2.0}) add(0, {}, gauge(value));
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 1U);
  const Subject& subject = subjects[0];
  EXPECT_EQ(subject.container, container_);
  EXPECT_EQ(find(subject, "gauge", Stat::kLast), 2);
  EXPECT_EQ(find(subject, "gauge", Stat::kMean), 2.5);
  EXPECT_EQ(find(subject, "gauge", Stat::kLower), 1);
  EXPECT_EQ(find(subject, "gauge", Stat::kUpper), 4);
  EXPECT_EQ(find(subject, "gauge", Stat::kUpperPercentile, 0), 2);
  EXPECT_EQ(find(subject, "gauge", Stat::kUpperPercentile, 1), 4);
  EXPECT_EQ(find(subject, "gauge", Stat::kCount), std::nullopt);
  EXPECT_EQ(find(subject, "gauge", Stat::kRaw), std::nullopt);
  EXPECT_EQ(find(subject, "rate", Stat::kLast), std::nullopt) << "absent stays absent";
}

TEST_F(AggregatorTest, ACountersMeanIsExactWhateverThePassesTook) {
  add(0, counter(10, 1, 110), {});
  add(0, counter(90, 9, 200), {});
  add(0, counter(100, 1, 300), {});
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 1U);
  EXPECT_DOUBLE_EQ(find(subjects[0], "rate", Stat::kMean).value(), 200.0 / 11);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kCount), 200);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kRaw), 300);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kLower), 10);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kUpper), 100);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kLast), 100);
}

TEST_F(AggregatorTest, TwoLivesOfAContainerInOneWindowAreOne) {
  const auto life = [](const std::string& name) {
    Container container;
    container.id = "c1";
    container.name = name;
    return std::make_shared<const Container>(container);
  };
  const auto first = life("web"), second = life("web");
  aggregator_.add_last(0, first, std::vector{counter(10, 1, 10), gauge(7)});
  aggregator_.depart(0);
  aggregator_.add(1, container_, std::vector{counter(1, 1, 1), gauge(1)});
  aggregator_.add(2, second, std::vector{counter(90, 3, 90), gauge(5)});
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 2U);
  EXPECT_EQ(subjects[0].container, container_);
  EXPECT_EQ(subjects[1].container, second);
  EXPECT_EQ(find(subjects[1], "rate", Stat::kCount), 100);
  EXPECT_EQ(find(subjects[1], "rate", Stat::kMean), 25) << "over four seconds";
  EXPECT_EQ(find(subjects[1], "rate", Stat::kUpper), 30);
  EXPECT_EQ(find(subjects[1], "gauge", Stat::kLast), 5);
  EXPECT_EQ(find(subjects[1], "gauge", Stat::kUpper), 7);
}

TEST_F(AggregatorTest, TellsWhoBeganAndWhoEndedInTheWindow) {
  aggregator_.begin_pass(5);
  add(0, counter(1, 1, 1), gauge(1));
  EXPECT_EQ(aggregator_.flush()[0].began_ns, 0U) << "it was there before";
  aggregator_.begin_pass(6);
  aggregator_.begin(1);
  add(1, counter(1, 1, 1), gauge(1));
  aggregator_.begin_pass(7);
  aggregator_.depart(1);
  auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 1U);
  EXPECT_EQ(subjects[0].began_ns, 6U);
  EXPECT_EQ(subjects[0].ended_ns, 7U);
  add(1, counter(1, 1, 1), gauge(1));
  subjects = aggregator_.flush();
  EXPECT_EQ(subjects[0].began_ns + subjects[0].ended_ns, 0U);
}

TEST_F(AggregatorTest, ARateOverLessThanATickIsNoPeak) {
  aggregator_.add(0, container_, std::vector{counter(10, 1, 10), gauge(1)});
  aggregator_.add_last(0, container_, std::vector{counter(5, 0.001, 15), gauge(1)});
  aggregator_.depart(0);
  const auto subjects = aggregator_.flush();
  EXPECT_EQ(find(subjects[0], "rate", Stat::kUpper), 10);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kUpperPercentile, 1), 10);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kCount), 15);
  aggregator_.add_last(0, container_, std::vector{counter(5, 0.001, 5), gauge(1)});
  EXPECT_EQ(find(aggregator_.flush()[0], "rate", Stat::kUpper), 5000) << "it is all there is";
}

TEST_F(AggregatorTest, UnderAnotherNameItsLivesAreTwo) {
  Container before, after;
  before.id = after.id = "c1";
  before.name = "web";
  after.name = "db";
  aggregator_.add_last(0, std::make_shared<const Container>(before),
                       std::vector{counter(10, 1, 10), gauge(7)});
  aggregator_.depart(0);
  aggregator_.add(0, std::make_shared<const Container>(after), std::vector{counter(20, 1, 10), gauge(7)});
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 2U);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kCount), 10);
  EXPECT_EQ(find(subjects[1], "rate", Stat::kCount), 20);
}

TEST_F(AggregatorTest, SoAreThoseThatAllEnded) {
  Container container;
  container.id = "c1";
  for (CgroupRoster::Slot slot = 0; slot < 3; ++slot) {
    aggregator_.add_last(slot, std::make_shared<const Container>(container),
                         std::vector{counter(10, 1, 10), gauge(7)});
    aggregator_.depart(slot);
  }
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 1U);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kCount), 30);
}

TEST_F(AggregatorTest, AfterABurstTheOthersGoOn) {
  for (CgroupRoster::Slot slot = 1; slot < 10'000; ++slot) add(slot, counter(1, 1, 1), gauge(1));
  add(0, counter(1, 1, 1), gauge(1));
  for (CgroupRoster::Slot slot = 1; slot < 10'000; ++slot) aggregator_.depart(slot);
  aggregator_.flush();
  add(0, counter(2, 1, 3), gauge(2));
  add(9'000, counter(3, 1, 3), gauge(3));
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 2U);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kCount), 2);
  EXPECT_EQ(find(subjects[1], "rate", Stat::kCount), 3);
}

TEST_F(AggregatorTest, EachWindowStandsAlone) {
  add(0, counter(10, 1, 10), gauge(-5));
  aggregator_.flush();
  EXPECT_TRUE(aggregator_.flush().empty()) << "nothing happened";
  add(0, counter(1, 1, 11), gauge(7));
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 1U);
  EXPECT_EQ(find(subjects[0], "rate", Stat::kCount), 1);
  EXPECT_EQ(find(subjects[0], "gauge", Stat::kLower), 7);
  EXPECT_EQ(find(subjects[0], "gauge", Stat::kUpperPercentile, 1), 7);
}

TEST(Aggregator, ExtrasStandApartFromWhatShips) {
  Aggregator aggregator({{&kRate, StatSet::of({Stat::kMean}), StatSet::of({Stat::kMean, Stat::kRaw})},
                         {&kGauge, {}, StatSet::of({Stat::kLast})}},
                        {90});
  aggregator.add(0, named("web"), std::vector<MetricValue>{counter(10, 1, 110), gauge(7)});
  aggregator.add(1, named("only-extras"), std::vector<MetricValue>{{}, gauge(8)});
  const auto subjects = aggregator.flush();
  ASSERT_EQ(subjects.size(), 2U);
  ASSERT_EQ(subjects[0].points.size(), 1U);
  EXPECT_EQ(subjects[0].points[0].stat, Stat::kMean);
  ASSERT_EQ(subjects[0].extras.size(), 2U);
  EXPECT_EQ(subjects[0].extras[0].value, 110);
  EXPECT_EQ(subjects[0].extras[1].value, 7);
  EXPECT_TRUE(subjects[1].points.empty());
  EXPECT_EQ(subjects[1].extras.size(), 1U);
}

TEST_F(AggregatorTest, NegativeGaugesHaveAnUpperToo) {
  add(0, {}, gauge(-5));
  add(0, {}, gauge(-3));
  const auto subjects = aggregator_.flush();
  EXPECT_EQ(find(subjects[0], "gauge", Stat::kUpper), -3);
  EXPECT_EQ(find(subjects[0], "gauge", Stat::kLower), -5);
}

TEST_F(AggregatorTest, DetailsAreAskedForAtEachFlushAndAtTheEnd) {
  struct Details final : DetailSource {
    void append_points(CgroupRoster::Slot slot, std::vector<Point>& out) override {
      out.push_back({.metric = &kGauge, .stat = Stat::kCount, .value = ++asked + 10.0 * slot});
    }
    double asked = 0;
  } details;
  Aggregator aggregator({{&kGauge, kEvery}}, {}, {&details});
  aggregator.add(2, container_, std::vector{gauge(1)});
  EXPECT_EQ(find(aggregator.flush()[0], "gauge", Stat::kCount), 21);
  aggregator.depart(2);
  const auto subjects = aggregator.flush();
  ASSERT_EQ(subjects.size(), 1U);
  EXPECT_EQ(find(subjects[0], "gauge", Stat::kCount), 22);
  EXPECT_TRUE(aggregator.flush().empty());
}

TEST_F(AggregatorTest, WhoDepartedIsInTheNextFlushOnce) {
  add(3, {}, gauge(1));
  aggregator_.depart(3);
  container_ = named("db");
  add(3, {}, gauge(2));
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 2U);
  EXPECT_EQ(subjects[0].container->name, "web");
  EXPECT_EQ(find(subjects[0], "gauge", Stat::kLast), 1);
  EXPECT_EQ(subjects[1].container->name, "db");
  EXPECT_EQ(find(subjects[1], "gauge", Stat::kLower), 2) << "nothing of the one before";
  EXPECT_TRUE(aggregator_.flush().empty());
}

TEST_F(AggregatorTest, DepartingWithoutASampleIsNoSubject) {
  aggregator_.depart(5);
  add(1, {}, {});
  aggregator_.depart(1);
  EXPECT_TRUE(aggregator_.flush().empty());
}

TEST_F(AggregatorTest, ALateNameHoldsForTheWholeWindow) {
  add(0, {}, gauge(1));
  container_ = named("late");
  add(0, {}, gauge(2));
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 1U);
  EXPECT_EQ(subjects[0].container->name, "late");
  EXPECT_EQ(find(subjects[0], "gauge", Stat::kMean), 1.5);
}

TEST_F(AggregatorTest, SlotsDoNotMix) {
  add(0, {}, gauge(1));
  add(2, {}, gauge(3));
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 2U);
  EXPECT_EQ(find(subjects[0], "gauge", Stat::kUpper), 1);
  EXPECT_EQ(find(subjects[1], "gauge", Stat::kUpper), 3);
}

TEST(Aggregator, ShipsOnlyTheStatisticsOfItsPlan) {
  Aggregator aggregator({{&kGauge, StatSet::of({Stat::kUpper})}}, {});
  const std::vector<MetricValue> values{gauge(1)};
  aggregator.add(0, named("web"), values);
  const auto subjects = aggregator.flush();
  ASSERT_EQ(subjects.size(), 1U);
  ASSERT_EQ(subjects[0].points.size(), 1U);
  EXPECT_EQ(subjects[0].points[0].stat, Stat::kUpper);
}

TEST_F(AggregatorTest, WhoIsNotSelectedIsNotTold) {
  auto hidden = std::make_shared<Container>(*container_);
  hidden->selected = false;
  container_ = hidden;
  add(0, {}, gauge(1));
  add(1, {}, gauge(2));
  aggregator_.depart(1);
  EXPECT_TRUE(aggregator_.flush().empty());
}

TEST_F(AggregatorTest, WhatWasAddedBelongsToTheNameAtTheEndOfTheWindow) {
  add(0, {}, gauge(1));
  aggregator_.rename(0, named("renamed"));
  aggregator_.rename(5, named("nobody"));
  const auto subjects = aggregator_.flush();
  ASSERT_EQ(subjects.size(), 1U);
  EXPECT_EQ(subjects[0].container->name, "renamed");
}

}  // namespace
}  // namespace squid
