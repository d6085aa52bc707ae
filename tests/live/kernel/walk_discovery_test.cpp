// Which cgroups the BPF walks find, and what they cost those who create and remove cgroups meanwhile.
#include "kernel/walk_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/bpf_rig.h"
#include "support/live_cgroup.h"
#include "support/schedstat.h"
#include "support/workload.h"

namespace squid {
namespace {

using std::chrono::steady_clock;

class WalkDiscoveryLive : public testing::Test {
 protected:
  std::string below(std::string_view name) const { return parent.path() + "/" + std::string(name); }

  const Topology topology = live_topology();
  const LiveCgroup parent{topology, "/squid-live-" + std::to_string(getpid())};

  WalkDiscoveryLive() { parent.delegate(); }
};

TEST_F(WalkDiscoveryLive, ACgroupIsSeenFromItsBirthToItsRemoval) {
  BpfRig bpf(topology, below(""));
  bpf.pass();
  EXPECT_EQ(bpf.slot(below("a")), CgroupRoster::kUnknown);
  std::optional<LiveCgroup> cgroup(std::in_place, topology, below("a"));
  bpf.pass();
  const auto slot = bpf.slot(below("a"));
  ASSERT_NE(slot, CgroupRoster::kUnknown);
  EXPECT_THAT(bpf.roster.arrived(), testing::ElementsAre(slot));
  EXPECT_TRUE(bpf.roster.entries()[slot].born_under_watch);

  bpf.pass();
  EXPECT_THAT(bpf.roster.arrived(), testing::IsEmpty());
  cgroup.reset();
  bpf.pass();
  EXPECT_THAT(bpf.roster.departed(),
              testing::ElementsAre(testing::Field(&CgroupRoster::Departed::slot, slot)));
  EXPECT_EQ(bpf.slot(below("a")), CgroupRoster::kUnknown);
}

TEST_F(WalkDiscoveryLive, TheDirectoriesOfAllHierarchiesAreOneCgroup) {
  const LiveCgroup cgroup(topology, below("a"));
  BpfRig bpf(topology, below(""));
  bpf.pass();
  ASSERT_EQ(bpf.roster.size(), 1U);
  const auto& entry = bpf.roster.entries()[bpf.slot(below("a"))];
  EXPECT_EQ(entry.id, CgroupId::of(0, cgroup.inode(0)));
  const HierarchyIndex memory = topology.find(Controller::kMemory).value();
  EXPECT_EQ(entry.inodes[memory], cgroup.inode(memory));
}

TEST_F(WalkDiscoveryLive, TheSamePathAgainIsAnotherLife) {
  BpfRig bpf(topology, below(""));
  std::optional<LiveCgroup> cgroup(std::in_place, topology, below("a"));
  {
    const Workload burner(*cgroup, [] { burn_cpu(50'000'000, 0); });
    bpf.pass();
  }
  const CgroupSample first = bpf.sample(below("a"));
  EXPECT_GE(*first.cpu_total_ns, 50'000'000U);
  cgroup.reset();
  cgroup.emplace(topology, below("a"));
  bpf.pass();
  const CgroupSample second = bpf.sample(below("a"));
  EXPECT_NE(first.id, second.id);
  EXPECT_LT(*second.cpu_total_ns, 50'000'000U);
  EXPECT_EQ(second.pids_current, Reading{0});
}

TEST_F(WalkDiscoveryLive, NestedCgroupsHaveTheirWholePath) {
  const LiveCgroup outer(topology, below("outer"));
  const LiveCgroup inner(topology, below("outer/inner with a blank"));
  BpfRig bpf(topology, below(""));
  bpf.pass();
  EXPECT_NE(bpf.slot(below("outer")), CgroupRoster::kUnknown);
  EXPECT_NE(bpf.slot(below("outer/inner with a blank")), CgroupRoster::kUnknown);
}

TEST_F(WalkDiscoveryLive, ThousandsOfCgroupsAreAllFound) {
  std::deque<LiveCgroup> cgroups;
  BpfRig bpf(topology, below(""), {.max_records = 65536});
  for (int i = 0; i < 3000; ++i) cgroups.emplace_back(topology, below(std::to_string(i)));
  bpf.pass();
  EXPECT_EQ(bpf.roster.size(), 3000U);
  EXPECT_EQ(bpf.parts.source->counts().overflow, 0U);
  const CgroupId kept = bpf.sample(below("999")).id;
  EXPECT_TRUE(bpf.sample(below("999")).memory_anon_bytes);

  cgroups.pop_front();
  cgroups.emplace_back(topology, below("new"));
  bpf.pass();
  EXPECT_EQ(bpf.roster.size(), 3000U);
  EXPECT_EQ(bpf.slot(below("0")), CgroupRoster::kUnknown);
  EXPECT_NE(bpf.slot(below("new")), CgroupRoster::kUnknown);
  EXPECT_EQ(bpf.sample(below("999")).id, kept);
}

TEST_F(WalkDiscoveryLive, WhatDoesNotFitIsCountedAndForgetsNobody) {
  std::uint32_t records = 0;
  const auto walks = CgroupWalks::open(topology, {});
  ASSERT_TRUE(walks && (*walks)->run());
  for (const WalkedHierarchy& hierarchy : (*walks)->hierarchies()) records += hierarchy.count;

  const LiveCgroup first(topology, below("first"));
  BpfRig bpf(topology, below(""), {.max_records = records + 100});
  bpf.pass();
  EXPECT_EQ(bpf.parts.source->counts().overflow, 0U);
  ASSERT_NE(bpf.slot(below("first")), CgroupRoster::kUnknown);

  std::deque<LiveCgroup> more;
  for (int i = 0; i < 100; ++i) more.emplace_back(topology, below("more" + std::to_string(i)));
  bpf.pass();
  EXPECT_GE(bpf.parts.source->counts().overflow, 1U);
  EXPECT_NE(bpf.slot(below("first")), CgroupRoster::kUnknown);
}

// Kernel threads and the tests' own shell are in the root: it is a host, not a cgroup.
TEST_F(WalkDiscoveryLive, TheRootIsNotACgroup) {
  BpfRig bpf(topology, "/");
  bpf.pass();
  EXPECT_EQ(bpf.slot("/"), CgroupRoster::kUnknown);
  EXPECT_NE(bpf.slot(parent.path()), CgroupRoster::kUnknown);
}

// Most cgroups of the next test only have to be there; one directory in cgroup v2 each.
class ManyCgroups {
 public:
  ManyCgroups(std::string parent, int count) : parent_(std::move(parent)), count_(count) {
    for (int i = 0; i < count_; ++i) mkdir(directory(i).c_str(), 0755);
  }
  ~ManyCgroups() {
    for (int i = 0; i < count_; ++i) rmdir(directory(i).c_str());
  }
  ManyCgroups(const ManyCgroups&) = delete;
  ManyCgroups& operator=(const ManyCgroups&) = delete;

 private:
  std::string directory(int i) const { return parent_ + "/" + std::to_string(i); }
  std::string parent_;
  int count_;
};

// Median time of a creation and removal; waiting for locks counts, waiting for a CPU does not.
steady_clock::duration churn_time(const std::string& directory) {
  std::vector<steady_clock::duration> times;
  for (int i = 0; i < 200; ++i) {
    const auto waited = waited_for_cpu();
    const auto begin = steady_clock::now();
    mkdir(directory.c_str(), 0755);
    rmdir(directory.c_str());
    times.push_back(steady_clock::now() - begin - (waited_for_cpu() - waited));
  }
  std::ranges::nth_element(times, times.begin() + times.size() / 2);
  return times[times.size() / 2];
}

double milliseconds(steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

TEST_F(WalkDiscoveryLive, AWalkOfTenThousandHoldsUpNobodyForAMillisecond) {
  const LiveCgroup plain(topology, below("plain"));
  const ManyCgroups cgroups(plain.directory(0), 10'000);
  const auto opened = CgroupWalks::open(topology, {.max_records = 65536});
  ASSERT_TRUE(opened);
  CgroupWalks& walks = **opened;
  ASSERT_TRUE(walks.run());
  const auto begin = steady_clock::now();
  ASSERT_TRUE(walks.run());
  const auto pass = steady_clock::now() - begin;

  const std::string churned = plain.directory(0) + "/churned";
  const auto alone = churn_time(churned);
  std::atomic<bool> stop = false;
  std::thread walker([&] {
    while (!stop && walks.run()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  const auto walked = churn_time(churned);
  stop = true;
  walker.join();

  std::printf("mkdir and rmdir: %.3f ms alone, %.3f ms during passes of %.1f ms over 10,000 cgroups\n",
              milliseconds(alone), milliseconds(walked), milliseconds(pass));
  // The walks fill nearly all of the time, so with a lock half of these would have waited for one. A tenth is
  // for the caches that they share.
  EXPECT_LT(milliseconds(walked), 1.1 * milliseconds(alone) + 1.0);
}

}  // namespace
}  // namespace squid
