#include "pipeline/source_scopes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/report_builder.h"

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// A container, a pod, squid-bpf itself and two keys of statsd, in this order.
Report whole_report() {
  Report report = ReportBuilder()
                      .container("web", "0123")
                      .point("cpu.total", Stat::kMean, 1)
                      .point("memory.usage", Stat::kLast, 2)
                      .container("shop", "4567")
                      .point("cpu.total", Stat::kMean, 3)
                      .point("memory.usage", Stat::kLast, 4)
                      .build();
  report.subjects[0].extras = {{&metric_named("memory.usage"), Stat::kRaw, 0, 5}};
  auto pod = std::make_shared<Container>(*report.subjects[1].container);
  pod->group = GroupKind::kPod;
  report.subjects[1].container = pod;
  static const MetricInfo kOwn{"squid.pass.count", "passes", MetricKind::kGauge, ""};
  report.subjects.push_back({.container = nullptr, .points = {{&kOwn, Stat::kLast, 0, 6}}});
  const auto keys = std::make_shared<std::vector<MetricInfo>>(std::vector<MetricInfo>{
      {"stats.web.hits", "", MetricKind::kGauge, ""}, {"stats.db.hits", "", MetricKind::kGauge, ""}});
  report.subjects.push_back({.container = nullptr,
                             .points = {{&(*keys)[0], Stat::kValue, 0, 7}, {&(*keys)[1], Stat::kValue, 0, 8}},
                             .names = keys});
  return report;
}

std::vector<double> values(const Report& report) {
  std::vector<double> values;
  for (const Subject& subject : report.subjects)
    for (const auto* points : {&subject.points, &subject.extras})
      for (const Point& point : *points) values.push_back(point.value);
  return values;
}

std::vector<double> values_of(const std::vector<std::string>& from) {
  auto scopes = SourceScopes::parse(from);
  EXPECT_TRUE(scopes) << scopes.error().message;
  Report report = whole_report();
  scopes->apply(report);
  return values(report);
}

TEST(SourceScopes, WithoutAnyEverythingIsTold) {
  EXPECT_THAT(values_of({}), ElementsAre(1, 2, 5, 3, 4, 6, 7, 8));
}

TEST(SourceScopes, EachSourceHasPatternsOfItsOwn) {
  EXPECT_THAT(values_of({"containers?deny=memory.*"}), ElementsAre(1, 3, 4, 6, 7, 8));
  EXPECT_THAT(values_of({"groups?allow=cpu.total.mean"}), ElementsAre(1, 2, 5, 3, 6, 7, 8));
  EXPECT_THAT(values_of({"squid?deny=squid.*", "statsd?allow=stats.web.*"}), ElementsAre(1, 2, 5, 3, 4, 7));
}

TEST(SourceScopes, EachSourceMayHaveAPrefixOfItsOwn) {
  auto scopes = SourceScopes::parse({"groups?prefix=sums.a", "squid?prefix=own"}).value();
  Report report = whole_report();
  scopes.apply(report);
  EXPECT_EQ(report.subjects[0].prefix, nullptr);
  EXPECT_EQ(*report.subjects[1].prefix, "sums.a");
  EXPECT_EQ(*report.subjects[2].prefix, "own");
  EXPECT_EQ(report.subjects[3].prefix, nullptr);
}

TEST(SourceScopes, EachSourceMayTellOfTheHostInItsOwnWay) {
  auto scopes = SourceScopes::parse({"containers?zone=a&datacenter=fra1", "squid?hostname=db9"}).value();
  Report report = whole_report();
  report.events.push_back(
      {.kind = EventKind::kStart, .time_s = 1, .container = report.subjects[0].container, .process = {}});
  scopes.apply(report);
  ASSERT_NE(report.subjects[0].host, nullptr);
  EXPECT_EQ(report.subjects[0].host->name, "");
  EXPECT_EQ(report.subjects[0].host->facts, (HostFacts{{"datacenter", "fra1"}, {"zone", "a"}}));
  EXPECT_EQ(report.subjects[1].host, nullptr);
  ASSERT_NE(report.subjects[2].host, nullptr);
  EXPECT_EQ(report.subjects[2].host->name, "db9");
  EXPECT_EQ(report.subjects[3].host, nullptr);
  EXPECT_EQ(report.events[0].host, report.subjects[0].host) << "what happens to containers is theirs, too";
  EXPECT_EQ(values(report).size(), 8U) << "it is no reason to leave anything out";
}

TEST(SourceScopes, AGroupOfMetricsMayHaveAnInterval) {
  const auto scopes = SourceScopes::parse({"memory?interval=10s", "io?interval=1m"}).value();
  GroupIntervals expected{};
  expected[static_cast<std::size_t>(MetricGroup::kMemory)] = 10s;
  expected[static_cast<std::size_t>(MetricGroup::kIo)] = 60s;
  EXPECT_EQ(scopes.intervals(), expected);
}

TEST(SourceScopes, SaysWhatIsWrong) {
  const auto refused = [](const char* text) {
    const auto scopes = SourceScopes::parse({text});
    return scopes ? "accepted" : scopes.error().message;
  };
  EXPECT_THAT(refused("disks?deny=*"), HasSubstr("--from disks?deny=*: there is no source 'disks'; there are"
                                                 " containers, groups, squid, statsd, cpu, "));
  EXPECT_THAT(refused("pressure?interval=5s"), HasSubstr("there is no source 'pressure'"));
  EXPECT_THAT(refused("containers"), HasSubstr("it has prefix, allow, deny, hostname"));
  EXPECT_THAT(refused("containers?interval=5s"), HasSubstr("--interval says how often all are read"));
  EXPECT_THAT(refused("memory?deny=memory.usage"), HasSubstr("memory?interval=10s"));
  EXPECT_THAT(refused("statsd?prefix=x"), HasSubstr("--statsd-prefix"));
  EXPECT_THAT(refused("memory?zone=a&interval=5s"), HasSubstr("it has an interval alone"));
  EXPECT_THAT(refused("squid?order=newest&zone=a"), HasSubstr("is a sink's"));
  EXPECT_THAT(refused("squid?zone=a&zone=b"), HasSubstr("zone is there twice"));
  EXPECT_THAT(refused("squid?colour=red"), HasSubstr("there is no source 'squid?colour=red'"));
}

}  // namespace
}  // namespace squid
