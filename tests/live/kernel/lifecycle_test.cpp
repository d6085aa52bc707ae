// Short lives: cgroups that come and go between two passes are counted in full, against what their processes
// know of themselves.
#include "kernel/lifecycle.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "aggregate/stat_plan.h"
#include "kernel/open_bpf.h"
#include "pipeline/sampler.h"
#include "support/live_cgroup.h"
#include "support/workload.h"

namespace squid {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kMiB = 1 << 20;

// What a cgroup has been charged with, of the CPU time that its tasks used: all that they did inside, and
// perhaps the entering. The kernel charges at ticks.
void expect_charged(double charged, std::uint64_t inside_ns, std::uint64_t whole_lives_ns) {
  constexpr double kTick = 4e6;
  EXPECT_GE(charged, 0.98 * static_cast<double>(inside_ns));
  EXPECT_LE(charged, 1.02 * static_cast<double>(whole_lives_ns) + kTick);
}

class LifecycleLive : public testing::Test {
 protected:
  LifecycleLive() { pass(); }

  static BpfParts open(const Topology& topology) {
    auto parts = open_bpf(topology, {});
    if (!parts) throw std::runtime_error(parts.error().message);
    if (!parts->lifecycle) throw std::runtime_error(parts->lifecycle_remark);
    return std::move(*parts);
  }
  static StatPlan plan() {
    auto plan =
        compute_stat_plan({"cpu.total=count", "memory.max_usage=last", "memory.events.oom_kill=count"});
    if (!plan) throw std::runtime_error(plan.error().message);
    return *plan;
  }
  void pass() {
    std::vector<Error> errors;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    sampler_.pass(static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count()), errors);
    for (const Error& error : errors) ADD_FAILURE() << error.message;
  }
  // Of everyone that was there since the last flush: each metric by path. More than one subject of one path
  // are added up, and counted.
  struct Lives {
    int count = 0;
    std::map<std::string, double> values;
  };
  std::map<std::string, Lives> flush() {
    std::map<std::string, Lives> lives;
    for (const Subject& subject : sampler_.flush()) {
      Lives& life = lives[subject.container->cgroup_path];
      ++life.count;
      for (const Point& point : subject.points)
        if (point.stat == Stat::kCount || point.metric->name == "memory.max_usage")
          life.values[std::string(point.metric->name)] += point.value;
    }
    return lives;
  }
  std::string path(const std::string& name) const {
    return "/squid-live-" + std::to_string(getpid()) + "-" + name;
  }

  const Topology topology_ = live_topology();
  BpfParts bpf_ = open(topology_);
  CgroupRoster roster_{[ours = path("")](std::string_view path, CgroupId) {
    if (!path.starts_with(ours)) return std::shared_ptr<const Container>();
    Container container;
    container.id = container.cgroup_path = path;
    return std::make_shared<const Container>(container);
  }};
  Sampler sampler_{
      {.roster = roster_, .discovery = *bpf_.discovery, .sources = {bpf_.source.get()}}, plan(), {90}, 0};
};

TEST_F(LifecycleLive, TwoHundredShortLivesAreAllCountedToTheirEnd) {
  struct Truth {
    std::uint64_t inside_ns;
    std::uint64_t whole_ns;
  };
  std::map<std::string, Truth> truth;
  for (int i = 0; i < 200; ++i) {
    const LiveCgroup cgroup(topology_, path(std::to_string(i)));
    Workload burner(cgroup, [] { burn_cpu(20 * kMs, 0); });
    ASSERT_TRUE(burner.alive());
    // Some lives have a pass in the middle, most have none.
    if (i % 10 == 0) pass();
    truth[cgroup.path()] = {.inside_ns = burner.truth().cpu_ns, .whole_ns = burner.end()};
  }
  pass();
  pass();
  const auto lives = flush();
  ASSERT_EQ(lives.size(), truth.size());
  for (const auto& [path, expected] : truth) {
    SCOPED_TRACE(path);
    ASSERT_TRUE(lives.contains(path));
    EXPECT_EQ(lives.at(path).count, 1);
    expect_charged(lives.at(path).values.at("cpu.total"), expected.inside_ns, expected.whole_ns);
  }
}

TEST_F(LifecycleLive, ALifeThatWasWatchedEndsWithItsLastNanosecondAndIsNotCountedTwice) {
  std::uint64_t inside_ns = 0;
  std::uint64_t whole_ns = 0;
  {
    const LiveCgroup cgroup(topology_, path("watched"));
    for (const std::uint64_t burned : {50 * kMs, 30 * kMs}) {
      Workload burner(cgroup, [burned] { burn_cpu(burned, 0); });
      inside_ns += burner.truth().cpu_ns;
      if (burned == 50 * kMs) pass();
      whole_ns += burner.end();
    }
  }
  pass();
  pass();
  const auto lives = flush();
  ASSERT_TRUE(lives.contains(path("watched")));
  EXPECT_EQ(lives.at(path("watched")).count, 1);
  expect_charged(lives.at(path("watched")).values.at("cpu.total"), inside_ns, whole_ns);
}

TEST_F(LifecycleLive, TheHighestUsageIsKnownAfterTheEnd) {
  {
    const LiveCgroup cgroup(topology_, path("memory"));
    const Workload hog(cgroup, [] { allocate_anonymous(32 * kMiB); });
    ASSERT_TRUE(hog.alive());
  }
  pass();
  pass();
  const auto lives = flush();
  ASSERT_TRUE(lives.contains(path("memory")));
  const double peak = lives.at(path("memory")).values.at("memory.max_usage");
  EXPECT_GE(peak, 32.0 * kMiB);
  EXPECT_LE(peak, 40.0 * kMiB);
}

TEST_F(LifecycleLive, TheSamePathAgainIsToldAsOneWithoutAFalseRate) {
  std::uint64_t inside_ns = 0;
  std::uint64_t whole_ns = 0;
  for (int life = 0; life < 3; ++life) {
    const LiveCgroup cgroup(topology_, path("again"));
    Workload burner(cgroup, [] { burn_cpu(20 * kMs, 0); });
    inside_ns += burner.truth().cpu_ns;
    if (life == 1) pass();
    whole_ns += burner.end();
  }
  pass();
  pass();
  const auto lives = flush();
  ASSERT_TRUE(lives.contains(path("again")));
  EXPECT_EQ(lives.at(path("again")).count, 1);
  expect_charged(lives.at(path("again")).values.at("cpu.total"), inside_ns, whole_ns);
}

TEST_F(LifecycleLive, ABirthIsToldWithinTenMilliseconds) {
  bpf_.lifecycle->read();
  const LiveCgroup cgroup(topology_, path("born"));
  const auto born = std::chrono::steady_clock::now();
  pollfd ready{.fd = bpf_.lifecycle->event_fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(poll(&ready, 1, 1000), 1);
  bool told = false;
  bpf_.lifecycle->tell_births([&](const CgroupBirth& birth) { told = told || birth.path == cgroup.path(); });
  bpf_.lifecycle->read();
  EXPECT_TRUE(told);
  EXPECT_LT(std::chrono::steady_clock::now() - born, std::chrono::milliseconds(10));
}

TEST_F(LifecycleLive, ABirthThatAPassReadsIsToldAsWell) {
  int told = 0;
  const LiveCgroup cgroup(topology_, path("born"));
  bpf_.lifecycle->tell_births([&](const CgroupBirth& birth) { told += birth.path == cgroup.path(); });
  pass();
  EXPECT_GT(told, 0) << "or else its name waits for the pass after this";
}

TEST_F(LifecycleLive, TheKilledForMemoryIsNamed) {
  std::vector<OomKill> kills;
  {
    const LiveCgroup cgroup(topology_, path("oom"));
    cgroup.write(Controller::kMemory, "memory.limit_in_bytes", "memory.max", std::to_string(16 * kMiB));
    const Workload hog(cgroup, [] { allocate_anonymous(64 * kMiB); });
    EXPECT_FALSE(hog.alive());
    bpf_.lifecycle->read();
    kills = bpf_.lifecycle->take_oom_kills();
    // Before Linux 6.9 the kernel does not say who it was: the counter is all there is.
    ASSERT_EQ(!kills.empty(), bpf_.lifecycle->reports_oom_kills());
    if (!kills.empty()) {
      EXPECT_EQ(kills.back().pid, static_cast<std::uint32_t>(hog.pid()));
      ASSERT_FALSE(kills.back().levels.empty());
      EXPECT_EQ(kills.back().levels[0].inode, cgroup.inode(kills.back().hierarchy));
      EXPECT_EQ(kills.back().levels[0].limit_bytes, 16 * kMiB);
      EXPECT_NE(kills.back().process, "");
    }
  }
  pass();
  pass();
  EXPECT_EQ(flush().at(path("oom")).values.at("memory.events.oom_kill"), 1);
}

TEST_F(LifecycleLive, AKillInAPartOfACgroupIsToldOfTheWhole) {
  const LiveCgroup cgroup(topology_, path("oom"));
  cgroup.delegate();
  cgroup.write(Controller::kMemory, "memory.limit_in_bytes", "memory.max", std::to_string(16 * kMiB));
  const LiveCgroup service(topology_, path("oom") + "/service");
  const Workload hog(service, [] { allocate_anonymous(64 * kMiB); });
  EXPECT_FALSE(hog.alive());
  bpf_.lifecycle->read();
  const auto kills = bpf_.lifecycle->take_oom_kills();
  ASSERT_EQ(!kills.empty(), bpf_.lifecycle->reports_oom_kills());
  if (kills.empty()) return;
  const auto& levels = kills.back().levels;
  ASSERT_GE(levels.size(), 3U);
  EXPECT_EQ(levels[0].inode, service.inode(kills.back().hierarchy));
  EXPECT_EQ(levels[0].limit_bytes, 0U);
  EXPECT_EQ(levels[1].inode, cgroup.inode(kills.back().hierarchy));
  EXPECT_EQ(levels[1].limit_bytes, 16 * kMiB);
}

}  // namespace
}  // namespace squid
