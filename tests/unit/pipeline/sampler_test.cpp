#include "pipeline/sampler.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "support/sampled_host.h"

namespace squid {
namespace {

class BrokenSource : public MetricSource {
 public:
  std::string_view name() const override { return "broken"; }
  Result<void> collect(Snapshot&) override { return Error{"the broken source is broken"}; }
};

std::shared_ptr<const Container> admit_all(std::string_view path, CgroupId) {
  auto container = std::make_shared<Container>();
  container->name = std::string(path);
  return container;
}

class SamplerTest : public testing::Test {
 protected:
  void pass(std::uint64_t after_ns = kSecond) {
    host_.now_ns += after_ns;
    change_ = sampler_.pass(host_.now_ns, errors_);
  }

  std::optional<double> value(const std::vector<Subject>& subjects, std::string_view container,
                              std::string_view metric, Stat stat) const {
    for (const Subject& subject : subjects)
      if (subject.container->name == container)
        for (const Point& point : subject.points)
          if (point.metric->name == metric && point.stat == stat) return point.value;
    return std::nullopt;
  }

  SampledHost host_;
  CgroupRoster roster_{admit_all};
  SampledDiscovery discovery_{host_};
  BrokenSource broken_;
  SampledSource source_{host_};
  Sampler sampler_{{.roster = roster_, .discovery = discovery_, .sources = {&broken_, &source_}},
                   compute_stat_plan({"cpu.total=mean,upper,count,raw"}).value(),
                   {90},
                   0};
  std::vector<Error> errors_;
  Sampler::Change change_;
};

TEST_F(SamplerTest, ACounterIsExactOverTheFlush) {
  host_.cgroups[7] = {"/web", 500, 4096};
  pass();
  for (int i = 1; i <= 10; ++i) {
    host_.cgroups[7].cpu_ns = 500 + i * 100'000'000ULL;
    pass();
  }
  const auto subjects = sampler_.flush();
  EXPECT_EQ(value(subjects, "/web", "cpu.total", Stat::kCount), 1e9);
  EXPECT_EQ(value(subjects, "/web", "cpu.total", Stat::kRaw), 1e9 + 500);
  EXPECT_DOUBLE_EQ(*value(subjects, "/web", "cpu.total", Stat::kMean), 1e8);
  EXPECT_EQ(value(subjects, "/web", "memory.usage", Stat::kLast), 4096);
}

TEST_F(SamplerTest, WhatExistedBeforeUsHasNoRateYet) {
  host_.cgroups[7] = {"/web", 3'600 * kSecond, 4096};
  pass();
  const auto subjects = sampler_.flush();
  EXPECT_FALSE(value(subjects, "/web", "cpu.total", Stat::kMean));
  EXPECT_EQ(value(subjects, "/web", "memory.usage", Stat::kLast), 4096);
}

TEST_F(SamplerTest, WhatIsBornUnderWatchIsCountedFromZero) {
  pass();
  host_.cgroups[7] = {"/job", kSecond / 2, 4096};
  pass();
  EXPECT_EQ(change_.births, 1U);
  const auto subjects = sampler_.flush();
  EXPECT_EQ(value(subjects, "/job", "cpu.total", Stat::kCount), 5e8);
  EXPECT_DOUBLE_EQ(*value(subjects, "/job", "cpu.total", Stat::kUpper), 5e8);
}

TEST_F(SamplerTest, ADeadContainerIsReportedOnceMore) {
  pass();
  host_.cgroups[7] = {"/job", kSecond / 2, 4096};
  pass();
  host_.cgroups.erase(7);
  pass();
  EXPECT_EQ(change_.deaths, 1U);
  EXPECT_EQ(value(sampler_.flush(), "/job", "cpu.total", Stat::kCount), 5e8);
  pass();
  EXPECT_TRUE(sampler_.flush().empty());
}

TEST_F(SamplerTest, TheSamePathWithAnotherIdIsAnotherLife) {
  host_.cgroups[7] = {"/web", 3'600 * kSecond, 4096};
  pass();
  host_.cgroups.erase(7);
  host_.cgroups[8] = {"/web", kSecond / 10, 8192};
  pass();
  const auto subjects = sampler_.flush();
  double count = 0;
  for (const Subject& subject : subjects)
    for (const Point& point : subject.points)
      if (point.metric->name == "cpu.total" && point.stat == Stat::kCount) count += point.value;
  EXPECT_EQ(count, 1e8);
}

TEST_F(SamplerTest, ACounterThatGoesBackwardsGivesNothing) {
  host_.cgroups[7] = {"/web", 1000, 4096};
  pass();
  host_.cgroups[7].cpu_ns = 400;
  pass();
  EXPECT_FALSE(value(sampler_.flush(), "/web", "cpu.total", Stat::kMean));
  host_.cgroups[7].cpu_ns = 600;
  pass();
  EXPECT_EQ(value(sampler_.flush(), "/web", "cpu.total", Stat::kCount), 200);
}

TEST_F(SamplerTest, AMissingNumberIsAbsentAndComesBackExact) {
  host_.cgroups[7] = {"/web", 1000, Reading{}};
  pass();
  host_.cgroups[7].cpu_ns.reset();
  pass();
  host_.cgroups[7].cpu_ns = 3000;
  pass();
  const auto subjects = sampler_.flush();
  EXPECT_EQ(value(subjects, "/web", "cpu.total", Stat::kCount), 2000);
  EXPECT_DOUBLE_EQ(*value(subjects, "/web", "cpu.total", Stat::kMean), 1000);
  EXPECT_FALSE(value(subjects, "/web", "memory.usage", Stat::kLast));
}

TEST_F(SamplerTest, AGroupWithAnIntervalIsReadInItsTurnAndMissesNothing) {
  GroupIntervals intervals{};
  intervals[static_cast<std::size_t>(MetricGroup::kCpu)] = std::chrono::seconds(3);
  sampler_.change_intervals(intervals);
  host_.cgroups[7] = {"/web", 0, 0};
  pass();
  for (int i = 1; i <= 6; ++i) {
    host_.cgroups[7].cpu_ns = *host_.cgroups[7].cpu_ns + i * 100'000'000ULL;
    host_.cgroups[7].memory_bytes = i;
    // The pass of its turn is a little early.
    pass(i == 3 ? kSecond - kSecond / 10 : i == 4 ? kSecond + kSecond / 10 : kSecond);
  }
  const auto subjects = sampler_.flush();
  EXPECT_EQ(value(subjects, "/web", "cpu.total", Stat::kCount), 21e8);
  EXPECT_DOUBLE_EQ(*value(subjects, "/web", "cpu.total", Stat::kMean), 3.5e8);
  EXPECT_DOUBLE_EQ(*value(subjects, "/web", "cpu.total", Stat::kUpper), 15e8 / 3.1);
  EXPECT_EQ(value(subjects, "/web", "memory.usage", Stat::kLast), 6) << "that is not for all";
}

TEST_F(SamplerTest, AnotherIntervalOfAGroupDoesNotWaitForTheOldOne) {
  GroupIntervals intervals{};
  intervals[static_cast<std::size_t>(MetricGroup::kMemory)] = std::chrono::hours(1);
  sampler_.change_intervals(intervals);
  host_.cgroups[7] = {"/web", 0, 5};
  pass();
  sampler_.flush();
  pass();
  EXPECT_FALSE(value(sampler_.flush(), "/web", "memory.usage", Stat::kLast));
  intervals[static_cast<std::size_t>(MetricGroup::kMemory)] = std::chrono::seconds(10);
  sampler_.change_intervals(intervals);
  pass();
  EXPECT_EQ(value(sampler_.flush(), "/web", "memory.usage", Stat::kLast), 5);
}

TEST_F(SamplerTest, AFailingSourceDoesNotStopTheOthers) {
  host_.cgroups[7] = {"/web", 1000, 4096};
  pass();
  ASSERT_EQ(errors_.size(), 1U);
  EXPECT_EQ(errors_.front().message, "the broken source is broken");
  EXPECT_EQ(value(sampler_.flush(), "/web", "memory.usage", Stat::kLast), 4096);
}

TEST_F(SamplerTest, WhoIsOnlyNotWatchedAnyMoreHasNotEnded) {
  pass();
  host_.cgroups[7] = {"/web", kSecond, 4096};
  pass();
  EXPECT_EQ(sampler_.take_events().size(), 1U) << "its start";
  roster_.ask_again("/web");
  host_.cgroups[7].cpu_ns = 2 * kSecond;
  pass();
  EXPECT_EQ(change_.deaths, 0U);
  EXPECT_TRUE(sampler_.take_events().empty());
  sampler_.flush();
  host_.cgroups[7].cpu_ns = 5 * kSecond;
  pass();
  EXPECT_EQ(value(sampler_.flush(), "/web", "cpu.total", Stat::kCount), 3e9) << "counted from where it was";
}

TEST_F(SamplerTest, AReportHasTheNamesThatAreKnownAtItsEnd) {
  host_.cgroups[7] = {"/web", 1000, 4096};
  pass();
  auto renamed = std::make_shared<Container>();
  renamed->name = "renamed";
  roster_.set_container(roster_.find("/web"), renamed);
  EXPECT_EQ(value(sampler_.flush(), "renamed", "memory.usage", Stat::kLast), 4096);
}

// Reads only what it is told to.
class ObedientSource : public MetricSource {
 public:
  std::string_view name() const override { return "obedient"; }
  void prepare(GroupMask groups) override { groups_.push_back(groups); }
  Result<void> collect(Snapshot& snapshot) override {
    ++seconds_;
    for (CgroupSample& sample : snapshot.samples) {
      const auto fill = [&](MetricGroup group, Reading& field, Reading value) {
        if ((snapshot.wanted & group_bit(group)) == 0) return;
        field = value;
        sample.set_taken(group, seconds_ * kSecond);
      };
      fill(MetricGroup::kCpu, sample.cpu_total_ns, seconds_ * kSecond / 4);
      fill(MetricGroup::kThrottling, sample.cpu_limit_ns_per_s, kSecond / 2);
      fill(MetricGroup::kMemoryStat, sample.memory_major_faults, 10 * seconds_);
    }
    return {};
  }
  const std::vector<GroupMask>& groups() const { return groups_; }

 private:
  std::vector<GroupMask> groups_;
  std::uint64_t seconds_ = 0;
};

class RestingSamplerTest : public testing::Test {
 protected:
  static constexpr GroupMask kTold = group_bit(MetricGroup::kCpu) | group_bit(MetricGroup::kThrottling) |
                                     group_bit(MetricGroup::kMemoryStat);
  void pass(bool ends_window = false) {
    std::vector<Error> errors;
    now_ns_ += kSecond;
    sampler_.pass(now_ns_, errors, ends_window);
  }
  bool wanted(MetricGroup group) const { return (source_.groups().back() & group_bit(group)) != 0; }

  SampledHost host_{.cgroups = {{7, {"/web", 0, 0}}}};
  CgroupRoster roster_{admit_all};
  SampledDiscovery discovery_{host_};
  ObedientSource source_;
  Sampler sampler_{{.roster = roster_, .discovery = discovery_, .sources = {&source_}, .told_at_end = kTold},
                   compute_stat_plan({}).value(),
                   {90},
                   0};
  std::uint64_t now_ns_ = 0;
};

TEST_F(RestingSamplerTest, WhatNobodyAsksSamplesOfIsReadOnceInAWindow) {
  for (int i = 0; i < 4; ++i) pass();
  EXPECT_TRUE(wanted(MetricGroup::kCpu)) << "its largest sample is told";
  EXPECT_TRUE(wanted(MetricGroup::kPids)) << "nothing tells it at the end of a cgroup";
  EXPECT_FALSE(wanted(MetricGroup::kThrottling));
  EXPECT_FALSE(wanted(MetricGroup::kMemoryStat));
  pass(true);
  EXPECT_EQ(source_.groups().back(), kAllGroups);
}

TEST_F(RestingSamplerTest, AllIsReadWhileACgroupIsYoung) {
  for (int i = 0; i < 4; ++i) pass();
  host_.cgroups[8] = {"/new", 0, 0};
  pass();
  pass();
  EXPECT_EQ(source_.groups().back(), kAllGroups);
  pass();
  pass();
  EXPECT_FALSE(wanted(MetricGroup::kThrottling));
}

TEST_F(RestingSamplerTest, RestingChangesNoNumber) {
  for (int i = 0; i < 9; ++i) pass();
  pass(true);
  const auto subjects = sampler_.flush();
  ASSERT_EQ(subjects.size(), 1U);
  const auto find = [&](std::string_view metric, Stat stat) {
    for (const Point& point : subjects[0].points)
      if (point.metric->name == metric && point.stat == stat) return point.value;
    return -1.0;
  };
  EXPECT_DOUBLE_EQ(find("memory.major_faults", Stat::kMean), 10);
  EXPECT_DOUBLE_EQ(find("cpu.percent_of_limit", Stat::kMean), 50);
  EXPECT_DOUBLE_EQ(find("cpu.percent_of_limit", Stat::kUpper), 50);
  EXPECT_DOUBLE_EQ(find("cpu.limit", Stat::kLast), 0.5);
}

TEST_F(SamplerTest, EachCoreHasItsOwnSeries) {
  const CoreRows rows(3);
  ASSERT_EQ(rows.rows().size(), 3U);
  EXPECT_EQ(rows.rows()[2].info.name, "cpu.core_2");
  EXPECT_EQ(rows.rows()[2].info.unit, "percent");
}

TEST_F(SamplerTest, AnotherPlanBeginsWithTheNextWindow) {
  host_.cgroups[7] = {"/web", 0, 4096};
  pass();
  host_.cgroups[7].cpu_ns = 100;
  pass();
  sampler_.change_plan(compute_stat_plan({"none", "cpu.total=count"}).value());
  host_.cgroups[7].cpu_ns = 300;
  pass();
  auto subjects = sampler_.flush();
  EXPECT_EQ(value(subjects, "/web", "cpu.total", Stat::kCount), 300) << "the whole window";
  EXPECT_EQ(value(subjects, "/web", "memory.usage", Stat::kLast), 4096);
  host_.cgroups[7].cpu_ns = 700;
  pass();
  subjects = sampler_.flush();
  EXPECT_EQ(value(subjects, "/web", "cpu.total", Stat::kCount), 400) << "nothing between the two";
  ASSERT_EQ(subjects.size(), 1U);
  EXPECT_EQ(subjects[0].points.size(), 1U);
}

}  // namespace
}  // namespace squid
