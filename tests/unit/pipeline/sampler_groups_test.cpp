#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "pipeline/sampler.h"
#include "support/sampled_host.h"

namespace squid {
namespace {

TEST(SamplerGroups, AGroupIsSampledAndIsNoContainer) {
  SampledHost host;
  CgroupRoster roster([](std::string_view path, CgroupId) {
    auto container = std::make_shared<Container>();
    container->name = std::string(path);
    if (path.ends_with(".slice")) container->group = GroupKind::kSlice;
    return container;
  });
  SampledDiscovery discovery(host);
  SampledSource source(host);
  Sampler sampler({.roster = roster, .discovery = discovery, .sources = {&source}},
                  compute_stat_plan({"cpu.total=count"}).value(), {90}, 0);
  std::vector<Error> errors;
  const auto pass = [&] { return sampler.pass(host.now_ns += kSecond, errors); };
  pass();
  host.cgroups[7] = {"/shop.slice", kSecond, 4096};
  host.cgroups[8] = {"/shop.slice/web", kSecond / 2, 1024};
  EXPECT_EQ(pass().births, 1U);
  EXPECT_EQ(sampler.containers(), 1U);
  EXPECT_EQ(sampler.flush().size(), 2U);
  host.cgroups.clear();
  EXPECT_EQ(pass().deaths, 1U);
  for (const Event& event : sampler.take_events()) EXPECT_EQ(event.container->name, "/shop.slice/web");
}

// A host on which every cgroup is a container of one project.
struct Project {
  explicit Project(const std::vector<std::string>& stats)
      : sampler({.roster = roster, .discovery = discovery, .sources = {&source}},
                compute_stat_plan(stats).value(), {90}, 0) {
    project->group = GroupKind::kCompose;
    project->name = "shop";
  }
  void pass() { sampler.pass(host.now_ns += kSecond, errors); }

  SampledHost host;
  std::shared_ptr<Container> project = std::make_shared<Container>();
  CgroupRoster roster{[this](std::string_view path, CgroupId) {
    auto container = std::make_shared<Container>();
    container->name = std::string(path);
    container->project = project;
    return container;
  }};
  SampledDiscovery discovery{host};
  SampledSource source{host};
  Sampler sampler;
  std::vector<Error> errors;
};

// The whole way of a project: two containers that the roster sees, one of them for a single pass.
TEST(SamplerGroups, AProjectIsWhatItsMembersDid) {
  Project of({"cpu.total=count,mean,upper", "memory.usage=last,upper"});
  of.host.cgroups[7] = {"/web", 70 * kSecond, 4096};
  of.pass();
  for (int i = 1; i <= 4; ++i) {
    of.host.cgroups[7].cpu_ns = (70 + i) * kSecond;
    of.host.cgroups.erase(8);
    if (i == 2) of.host.cgroups[8] = {"/job", kSecond / 4, 1024};
    of.pass();
  }
  std::map<std::pair<std::string_view, Stat>, double> told;
  for (const Subject& subject : of.sampler.flush())
    if (subject.container == of.project)
      for (const Point& point : subject.points) told[{point.metric->name, point.stat}] = point.value;
  EXPECT_DOUBLE_EQ((told[{"cpu.total", Stat::kCount}]), 4.25e9);
  EXPECT_DOUBLE_EQ((told[{"cpu.total", Stat::kMean}]), 4.25e9 / 4);
  EXPECT_DOUBLE_EQ((told[{"cpu.total", Stat::kUpper}]), 1.25e9);
  EXPECT_DOUBLE_EQ((told[{"memory.usage", Stat::kUpper}]), 5120);
  EXPECT_DOUBLE_EQ((told[{"memory.usage", Stat::kLast}]), 4096);
}

TEST(SamplerGroups, AProjectLivesThroughAnotherPlan) {
  Project of({"none", "cpu.total=mean,upper,count"});
  of.host.cgroups[7] = {"/web", 70 * kSecond, 4096};
  // Mean, upper and count.
  const auto window = [&] {
    std::map<Stat, double> told;
    for (int i = 0; i < 3; ++i) {
      of.host.cgroups[7].cpu_ns = *of.host.cgroups[7].cpu_ns + kSecond;
      of.pass();
    }
    for (const Subject& subject : of.sampler.flush())
      if (subject.container == of.project)
        for (const Point& point : subject.points)
          if (point.metric->name == "cpu.total") told[point.stat] = point.value;
    return told;
  };
  const std::map<Stat, double> even{{Stat::kMean, 1e9}, {Stat::kUpper, 1e9}, {Stat::kCount, 3e9}};
  window();
  EXPECT_EQ(window(), even);
  of.sampler.change_plan(
      compute_stat_plan({"none", "cpu.total=mean,upper,count", "memory.usage=last"}).value());
  EXPECT_EQ(window(), even);
  EXPECT_EQ(window(), even) << "the first with the new plan";
  EXPECT_EQ(window(), even);
}

}  // namespace
}  // namespace squid
