#include "pipeline/scoped_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/report_builder.h"

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class Keeper : public Sink {
 public:
  explicit Keeper(std::vector<std::shared_ptr<const Report>>& reports) : reports_(reports) {}
  void deliver(std::shared_ptr<const Report> report) override { reports_.push_back(std::move(report)); }
  SinkHealth health() const override { return {.delivered_reports = 7, .queued_reports = 5}; }
  std::vector<StatNeed> needs() const override { return {{"cpu.total", Stat::kRaw}}; }
  std::uint64_t close() override { return 3; }

 private:
  std::vector<std::shared_ptr<const Report>>& reports_;
};

class ScopedSinkTest : public testing::Test {
 protected:
  std::unique_ptr<ScopedSink> make(SinkScope scope) {
    return std::make_unique<ScopedSink>(std::make_unique<Keeper>(reports_), std::move(scope));
  }
  static std::shared_ptr<const Report> report(std::int64_t time_s = 1'700'000'000, bool is_last = false) {
    auto made = std::make_shared<Report>(ReportBuilder()
                                             .container("web", "0123")
                                             .point("cpu.total", Stat::kMean, 1)
                                             .point("memory.usage", Stat::kLast, 2)
                                             .point("memory.usage", Stat::kUpperPercentile, 3, 0)
                                             .point("memory.usage", Stat::kUpperPercentile, 4, 1)
                                             .point("pids.current", Stat::kLast, 5)
                                             .build());
    made->subjects[0].extras = {{&metric_named("cpu.total"), Stat::kRaw, 0, 6}};
    made->time_s = time_s;
    made->is_last = is_last;
    return made;
  }
  std::vector<double> values() const {
    std::vector<double> values;
    for (const auto* points : {&reports_.back()->subjects[0].points, &reports_.back()->subjects[0].extras})
      for (const Point& point : *points) values.push_back(point.value);
    return values;
  }
  std::vector<double> values_within(std::vector<std::string> allow, std::vector<std::string> deny) {
    const auto sink = make({.allow = std::move(allow), .deny = std::move(deny)});
    // The second is by what was found out with the first.
    sink->deliver(report());
    const auto first = values();
    sink->deliver(report());
    EXPECT_EQ(values(), first);
    return first;
  }

  std::vector<std::shared_ptr<const Report>> reports_;
};

TEST_F(ScopedSinkTest, TellsWhatIsAllowedAndNotDenied) {
  EXPECT_THAT(values_within({"memory.*"}, {}), ElementsAre(2, 3, 4));
  EXPECT_THAT(values_within({"memory.usage.last", "pids.current"}, {}), ElementsAre(2, 5));
  EXPECT_THAT(values_within({}, {"*.upper_*"}), ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(values_within({}, {"memory.usage.upper_99_9"}), ElementsAre(1, 2, 3, 5, 6));
  EXPECT_THAT(values_within({"cpu.*", "memory.*"}, {"memory.usage"}), ElementsAre(1, 6));
  EXPECT_THAT(values_within({"none"}, {}), IsEmpty());
}

TEST_F(ScopedSinkTest, TellsMoreAboutTheHostUnderItsOwnName) {
  const auto sink = make({.host = "db9", .facts = {{"zone", "a"}}});
  const auto whole = report();
  sink->deliver(whole);
  EXPECT_EQ(reports_[0]->host, "db9");
  EXPECT_EQ(reports_[0]->facts, (HostFacts{{"zone", "a"}}));
  EXPECT_EQ(values().size(), 6U);
  EXPECT_EQ(whole->host, "db1") << "of others it is the same report";
  EXPECT_EQ(sink->health().delivered_reports, 7U);
  EXPECT_EQ(sink->needs().size(), 1U);
}

TEST_F(ScopedSinkTest, WhatASourceTellsOfTheHostCountsMore) {
  auto whole = std::make_shared<Report>(*report());
  whole->subjects.resize(3, whole->subjects[0]);
  whole->subjects[1].host =
      std::make_shared<const HostIdentity>(HostIdentity{"", {{"rack", "7"}, {"zone", "b"}}});
  whole->subjects[2].host = std::make_shared<const HostIdentity>(HostIdentity{"db8", {}});
  whole->events.push_back({.kind = EventKind::kStart,
                           .time_s = 1,
                           .container = whole->subjects[1].container,
                           .process = {},
                           .host = whole->subjects[1].host});
  make({.host = "db9", .facts = {{"cluster", "x"}, {"zone", "a"}}})->deliver(whole);
  const Report& told = *reports_.at(0);
  const auto facts = [&](std::size_t i) { return told.host_facts(told.subjects[i].host.get()); };
  const auto name = [&](std::size_t i) { return told.host_name(told.subjects[i].host.get()); };
  EXPECT_EQ(facts(0), (HostFacts{{"cluster", "x"}, {"zone", "a"}}));
  EXPECT_EQ(facts(1), (HostFacts{{"cluster", "x"}, {"rack", "7"}, {"zone", "b"}}));
  EXPECT_EQ(facts(2), facts(0));
  EXPECT_EQ(told.host_facts(told.events[0].host.get()), facts(1));
  EXPECT_EQ(name(0), "db9");
  EXPECT_EQ(name(1), "db9");
  EXPECT_EQ(name(2), "db8");
  EXPECT_EQ(whole->subjects[1].host->facts.size(), 2U) << "of others it is the same report";
}

TEST_F(ScopedSinkTest, HasAnIntervalOfItsOwn) {
  const auto sink = make({.interval = 30s});
  for (const int time : {10, 20, 30, 40}) sink->deliver(report(time));
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_EQ(reports_[0]->time_s, 30);
  EXPECT_EQ(reports_[0]->interval_s, 30);
  sink->deliver(report(43, true));
  ASSERT_EQ(reports_.size(), 2U) << "at the end of the process nothing is kept back";
  EXPECT_EQ(reports_[1]->interval_s, 20);
}

TEST_F(ScopedSinkTest, WhoEndsItGetsTheRest) {
  const auto sink = make({.interval = 30s});
  sink->deliver(report(10));
  EXPECT_THAT(reports_, IsEmpty());
  sink->finish();
  EXPECT_EQ(reports_.size(), 1U);
  sink->finish();
  EXPECT_EQ(reports_.size(), 1U) << "there is nothing left";
}

TEST_F(ScopedSinkTest, IsClosedAsTheSinkInItIs) {
  EXPECT_EQ(make({.host = "db9"})->close(), 3U);
}

}  // namespace
}  // namespace squid
