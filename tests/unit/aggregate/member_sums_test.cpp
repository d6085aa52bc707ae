#include "aggregate/member_sums.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "aggregate/aggregator.h"

namespace squid {
namespace {

using Slot = CgroupRoster::Slot;

constexpr MetricInfo kRate{"rate", "things/s", MetricKind::kCounter, "help"};
constexpr MetricInfo kGauge{"gauge", "bytes", MetricKind::kGauge, "help"};
constexpr MetricInfo kLimit{"limit", "bytes", MetricKind::kGauge, "help"};
constexpr MetricInfo kSlow{"slow", "things/s", MetricKind::kCounter, "help"};

const StatSet kEvery = StatSet::of(
    {Stat::kLast, Stat::kMean, Stat::kLower, Stat::kUpper, Stat::kUpperPercentile, Stat::kCount, Stat::kRaw});

std::shared_ptr<const Container> project_named(const std::string& name) {
  auto project = std::make_shared<Container>();
  project->group = GroupKind::kCompose;
  project->id = project->name = name;
  return project;
}

MetricValue gauge(double value) {
  return {.value = value};
}
MetricValue counter(double growth, double seconds) {
  return {.value = growth / seconds, .growth = growth, .seconds = seconds, .raw = 1e6 + growth};
}

struct Values {
  MetricValue rate = {};
  MetricValue level = {};
  MetricValue limit = {};
  std::optional<MetricValue> slow = {};  // unless it was looked at in this pass
};

class MemberSumsTest : public testing::Test {
 protected:
  std::shared_ptr<const Container> member_of(const std::shared_ptr<const Container>& project,
                                             const std::string& name = "web") {
    auto container = std::make_shared<Container>();
    container->name = container->id = name;
    container->project = project;
    return container;
  }

  void begin(double after_s = 1) {
    now_s_ += after_s;
    aggregator_.begin_pass(static_cast<std::uint64_t>(now_s_ * 1e9));
  }
  static std::vector<MetricValue> row(const Values& values) {
    std::vector<MetricValue> row{values.rate, values.level, values.limit};
    if (values.slow) row.push_back(*values.slow);
    return row;
  }
  void add(Slot slot, const Values& values) { aggregator_.add(slot, members_[slot], row(values)); }
  void die(Slot slot, const Values& values) {
    aggregator_.add_last(slot, members_[slot], row(values));
    aggregator_.depart(slot);
  }
  void end() { aggregator_.end_pass(); }
  void pass(std::initializer_list<std::pair<Slot, Values>> samples) {
    begin();
    for (const auto& [slot, values] : samples) add(slot, values);
    end();
  }

  // What the flush tells of the project; nothing where it tells nothing.
  std::optional<Subject> flush(const std::string& name = "shop") {
    std::optional<Subject> found;
    for (Subject& subject : aggregator_.flush())
      if (subject.container->is_group() && subject.container->name == name) found = std::move(subject);
    return found;
  }
  static std::optional<double> find(const std::optional<Subject>& subject, std::string_view metric,
                                    Stat stat) {
    if (!subject) return std::nullopt;
    for (const Point& point : subject->points)
      if (point.metric->name == metric && point.stat == stat) return point.value;
    return std::nullopt;
  }

  std::shared_ptr<const Container> shop_ = project_named("shop");
  std::vector<std::shared_ptr<const Container>> members_{member_of(shop_, "a"), member_of(shop_, "b"),
                                                         member_of(shop_, "c")};
  Aggregator aggregator_{{{&kRate, kEvery, {}, true},
                          {&kGauge, kEvery, {}, true},
                          {&kLimit, kEvery, {}, false},
                          {&kSlow, kEvery, {}, true}},
                         {100}};
  double now_s_ = 100;
};

TEST_F(MemberSumsTest, GrowthAndGaugesOfAllMembersAreAdded) {
  pass({{0, {.level = gauge(100)}}, {1, {.level = gauge(1)}}});
  pass(
      {{0, {.rate = counter(10, 1), .level = gauge(200)}}, {1, {.rate = counter(30, 1), .level = gauge(2)}}});
  const auto shop = flush();
  EXPECT_EQ(find(shop, "rate", Stat::kCount), 40);
  EXPECT_EQ(find(shop, "rate", Stat::kMean), 40);
  EXPECT_EQ(find(shop, "gauge", Stat::kLast), 202);
  EXPECT_EQ(find(shop, "gauge", Stat::kLower), 101);
  EXPECT_EQ(find(shop, "gauge", Stat::kUpper), 202);
  EXPECT_EQ(find(shop, "gauge", Stat::kUpperPercentile), 202);
}

TEST_F(MemberSumsTest, WhatDoesNotAddUpIsAbsent) {
  pass({{0, {.limit = gauge(100)}}});
  pass({{0, {.rate = counter(10, 1), .limit = gauge(100)}}});
  const auto shop = flush();
  EXPECT_EQ(find(shop, "limit", Stat::kLast), std::nullopt);
  EXPECT_EQ(find(shop, "rate", Stat::kRaw), std::nullopt) << "a sum has no number of the kernel's own";
  EXPECT_EQ(find(shop, "rate", Stat::kLast), 10);
}

TEST_F(MemberSumsTest, AGaugeThatOneMemberDoesNotTellIsAbsent) {
  pass({{0, {}}, {1, {}}});
  pass({{0, {.rate = counter(1, 1), .level = gauge(100)}}, {1, {.rate = counter(1, 1)}}});
  const auto shop = flush();
  EXPECT_EQ(find(shop, "gauge", Stat::kLast), std::nullopt);
  EXPECT_EQ(find(shop, "rate", Stat::kLast), 2) << "but of counters nothing is missing";
}

TEST_F(MemberSumsTest, ABirthMakesNoStep) {
  pass({{0, {}}});
  pass({{0, {.rate = counter(10, 1)}}});
  begin();
  add(0, {.rate = counter(10, 1)});
  add(1, {.rate = counter(4, 1)});  // born after half of it
  end();
  const auto shop = flush();
  EXPECT_EQ(find(shop, "rate", Stat::kUpper), 14);
  EXPECT_EQ(find(shop, "rate", Stat::kMean), 12);
  EXPECT_EQ(find(shop, "rate", Stat::kCount), 24);
}

TEST_F(MemberSumsTest, ADeathCountsInFullAndMakesNoSpike) {
  pass({{0, {.level = gauge(1)}}, {1, {.level = gauge(1)}}});
  begin();
  die(1, {.rate = counter(5, 0.05), .level = gauge(0)});  // 100 a second, in its last moments
  add(0, {.rate = counter(10, 1), .level = gauge(7)});
  end();
  pass({{0, {.rate = counter(10, 1), .level = gauge(7)}}});
  const auto shop = flush();
  EXPECT_EQ(find(shop, "rate", Stat::kCount), 25);
  EXPECT_EQ(find(shop, "rate", Stat::kUpper), 15);
  EXPECT_EQ(find(shop, "rate", Stat::kMean), 12.5);
  EXPECT_EQ(find(shop, "rate", Stat::kLower), 10);
  EXPECT_EQ(find(shop, "gauge", Stat::kLast), 7) << "the dead hold nothing";
}

TEST_F(MemberSumsTest, ALifeBetweenTwoPassesIsAGroupOnce) {
  begin();
  end();
  begin();
  die(2, {.rate = counter(40, 0.05)});
  end();
  const auto shop = flush();
  EXPECT_EQ(find(shop, "rate", Stat::kCount), 40);
  EXPECT_EQ(find(shop, "rate", Stat::kUpper), 40) << "over the time between the passes";
  EXPECT_EQ(find(shop, "gauge", Stat::kLast), std::nullopt);
  begin();
  end();
  EXPECT_FALSE(flush()) << "it has ended";
}

TEST_F(MemberSumsTest, ARestartInTheSameSlotCountsBothLives) {
  pass({{0, {}}});
  begin();
  die(0, {.rate = counter(3, 0.5)});
  members_[0] = member_of(shop_, "another life");
  add(0, {.rate = counter(2, 1)});
  end();
  const auto shop = flush();
  EXPECT_EQ(find(shop, "rate", Stat::kCount), 5);
  EXPECT_EQ(find(shop, "rate", Stat::kUpper), 5);
}

TEST_F(MemberSumsTest, ACounterThatWentBackwardsTakesNothingAway) {
  pass({{0, {}}, {1, {}}});
  for (const bool reset : {false, true, false}) {
    pass({{0, {.rate = counter(10, 1)}}, {1, {.rate = reset ? MetricValue{} : counter(1, 1)}}});
  }
  const auto shop = flush();
  EXPECT_EQ(find(shop, "rate", Stat::kLower), 10);
  EXPECT_EQ(find(shop, "rate", Stat::kCount), 32);
}

TEST_F(MemberSumsTest, EachWindowStandsAloneAndAllTogetherAreTheWhole) {
  double whole = 0;
  pass({{0, {}}});
  for (int window = 0; window < 3; ++window) {
    for (int pass = 0; pass < 5; ++pass) {
      begin();
      add(0, {.rate = counter(10, 1)});
      if (pass == 0) die(1, {.rate = counter(1, 0.01)});  // right after the edge
      if (pass == 4) {
        members_[1] = member_of(shop_, fmt::format("b{}", window));
        add(1, {.rate = counter(1, 1)});  // right before it
      }
      end();
    }
    const auto shop = flush();
    EXPECT_EQ(find(shop, "rate", Stat::kCount), 52);
    EXPECT_DOUBLE_EQ(*find(shop, "rate", Stat::kMean), 10.4);
    EXPECT_EQ(find(shop, "rate", Stat::kUpper), 11);
    whole += *find(shop, "rate", Stat::kCount);
  }
  EXPECT_EQ(whole, 156);
}

TEST_F(MemberSumsTest, AMissedSampleCountsInTheNextOne) {
  pass({{0, {}}, {1, {}}});
  pass({{0, {.rate = counter(10, 1)}}, {1, {}}});
  pass({{0, {.rate = counter(10, 1)}}, {1, {.rate = counter(2, 2)}}});
  EXPECT_EQ(find(flush(), "rate", Stat::kMean), 11);
}

TEST_F(MemberSumsTest, WhoBecomesAMemberLateBringsItsWindowAlong) {
  const auto unnamed = member_of(nullptr, "b");
  pass({{0, {}}});
  for (int pass = 0; pass < 2; ++pass) {
    begin();
    add(0, {.rate = counter(10, 1)});
    aggregator_.add(1, unnamed, row({.rate = counter(4, 1)}));
    end();
  }
  pass({{0, {.rate = counter(10, 1)}}, {1, {.rate = counter(4, 1)}}});
  const auto shop = flush();
  EXPECT_EQ(find(shop, "rate", Stat::kCount), 42);
  EXPECT_EQ(find(shop, "rate", Stat::kMean), 14);
  EXPECT_EQ(find(shop, "rate", Stat::kUpper), 14) << "what it brought along is no spike";
}

TEST_F(MemberSumsTest, AGroupBeginsWithWhatItsFirstMemberDid) {
  const auto unnamed = member_of(nullptr, "a");
  begin();
  aggregator_.add(0, unnamed, row({}));
  end();
  for (int pass = 0; pass < 4; ++pass) {
    begin();
    aggregator_.add(0, unnamed, row({.rate = counter(5, 1)}));
    end();
  }
  // Its name became known after the last pass of the window.
  aggregator_.rename(0, members_[0]);
  auto shop = flush();
  EXPECT_EQ(find(shop, "rate", Stat::kCount), 20);
  EXPECT_EQ(find(shop, "rate", Stat::kMean), 5);
  pass({{0, {.rate = counter(5, 1)}}});
  EXPECT_EQ(find(flush(), "rate", Stat::kMean), 5);
}

TEST_F(MemberSumsTest, ARenameChangesNothing) {
  pass({{0, {}}});
  pass({{0, {.rate = counter(10, 1)}}});
  members_[0] = member_of(shop_, "renamed");
  pass({{0, {.rate = counter(10, 1)}}});
  const auto shop = flush();
  EXPECT_EQ(find(shop, "rate", Stat::kCount), 20);
  EXPECT_EQ(find(shop, "rate", Stat::kUpper), 10);
}

TEST_F(MemberSumsTest, WhatIsReadOnceInAWindowIsExactWithADeathBetween) {
  pass({{0, {.slow = MetricValue{}}}});
  for (int pass = 1; pass <= 10; ++pass) {
    begin();
    if (pass == 5) die(1, {.slow = counter(6, 0.02)});
    if (pass == 10)
      add(0, {.slow = counter(100, 10)});
    else
      add(0, {});
    end();
  }
  const auto shop = flush();
  EXPECT_EQ(find(shop, "slow", Stat::kCount), 106);
  EXPECT_DOUBLE_EQ(*find(shop, "slow", Stat::kMean), 10.6);
}

TEST_F(MemberSumsTest, MembersMayBeReadAtDifferentTimes) {
  pass({{0, {.slow = MetricValue{}}}, {1, {.slow = MetricValue{}}}});
  for (int window = 0; window < 3; ++window) {
    for (int second = 1; second <= 10; ++second) {
      pass({{0, {.slow = second == 3 ? counter(100, 10) : MetricValue{}}},
            {1, {.slow = second == 8 ? counter(20, 10) : MetricValue{}}}});
    }
    const auto shop = flush();
    EXPECT_EQ(find(shop, "slow", Stat::kCount), 120);
    // In the first window eight seconds lie between the first sample and the last.
    EXPECT_DOUBLE_EQ(*find(shop, "slow", Stat::kMean), window == 0 ? 15 : 12);
  }
}

TEST_F(MemberSumsTest, WhatNobodyToldForLongDoesNotThinOutWhatIsToldNow) {
  pass({{0, {.slow = MetricValue{}}}});
  for (int second = 0; second < 1000; ++second) {
    pass({{0, {.slow = MetricValue{}}}});
    if (second % 10 == 9) flush();
  }
  pass({{0, {.slow = MetricValue{}}}, {1, {.slow = counter(7, 1)}}});
  EXPECT_EQ(find(flush(), "slow", Stat::kMean), 7);
}

TEST_F(MemberSumsTest, GroupsDoNotMix) {
  const auto blog = project_named("blog");
  members_[1] = member_of(blog, "b");
  members_[2] = member_of(nullptr, "c");
  begin();
  for (Slot slot = 0; slot < 3; ++slot) add(slot, {});
  end();
  pass({{0, {.rate = counter(1, 1)}}, {1, {.rate = counter(20, 1)}}, {2, {.rate = counter(300, 1)}}});
  std::vector<std::string> told;
  for (const Subject& subject : aggregator_.flush())
    if (subject.container->is_group())
      told.push_back(fmt::format("{} {}", subject.container->name, *find(subject, "rate", Stat::kCount)));
  EXPECT_EQ(told, (std::vector<std::string>{"shop 1", "blog 20"}));
}

TEST_F(MemberSumsTest, AnEndedGroupLeavesNothingToTheNextOne) {
  pass({{0, {.level = gauge(5)}}});
  begin();
  die(0, {.rate = counter(10, 1)});
  end();
  EXPECT_EQ(find(flush(), "gauge", Stat::kLast), 5);
  members_[1] = member_of(project_named("blog"), "b");
  pass({{1, {.rate = counter(3, 1), .level = gauge(2)}}});
  const auto blog = flush("blog");
  EXPECT_EQ(find(blog, "rate", Stat::kCount), 3);
  EXPECT_EQ(find(blog, "rate", Stat::kMean), 3);
  EXPECT_EQ(find(blog, "gauge", Stat::kUpper), 2);
}

TEST_F(MemberSumsTest, WhoIsNotSelectedIsNotCounted) {
  auto hidden = std::make_shared<Container>(*members_[1]);
  hidden->selected = false;
  members_[1] = hidden;
  pass({{0, {}}, {1, {}}});
  pass({{0, {.rate = counter(1, 1)}}, {1, {.rate = counter(20, 1)}}});
  EXPECT_EQ(find(flush(), "rate", Stat::kUpper), 1);
}

}  // namespace
}  // namespace squid
