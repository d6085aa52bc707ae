// The numbers of BPF against those of the files and against what the processes know of themselves.
#include "kernel/bpf_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>

#include "support/bpf_rig.h"
#include "support/live_cgroup.h"
#include "support/workload.h"

namespace squid {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::Le;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kTick = 10 * kMs;  // in which the kernel tells user from kernel time

// Memory statistics below this are still waiting in per-CPU batches of 64 (MEMCG_CHARGE_BATCH), and a read of
// the file may or may not bring them in.
const std::uint64_t kBatch = 64 * static_cast<std::uint64_t>(sysconf(_SC_NPROCESSORS_CONF));
const std::uint64_t kBatchBytes = kBatch * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));

testing::Matcher<std::uint64_t> near(std::uint64_t truth, double share, std::uint64_t slack) {
  const auto margin = std::max(slack, static_cast<std::uint64_t>(share * static_cast<double>(truth)));
  return AllOf(Ge(truth > margin ? truth - margin : 0), Le(truth + margin));
}

class BpfSourceLive : public testing::Test {
 protected:
  std::unique_ptr<BpfRig> rig(BpfOptions options = {}) const {
    return std::make_unique<BpfRig>(topology, cgroup.path(), options);
  }
  // After one pass.
  CgroupSample sample() const {
    const auto bpf = rig();
    bpf->pass();
    return bpf->sample(cgroup.path());
  }
  std::uint64_t memory_stat(std::string_view v1_key, std::string_view v2_key) const {
    const std::string text = cgroup.read(Controller::kMemory, "memory.stat", "memory.stat");
    return LiveCgroup::find(text, cgroup.is_v1(Controller::kMemory) ? v1_key : v2_key).value();
  }

  const Topology topology = live_topology();
  const LiveCgroup cgroup{topology, "/squid-live-" + std::to_string(getpid())};
};

TEST_F(BpfSourceLive, CpuTimeEqualsWhatTheProcessUsed) {
  const Workload burner(cgroup, [] { burn_cpu(400 * kMs, 200 * kMs); });
  const CgroupSample now = sample();
  const Workload::Truth& truth = burner.truth();
  EXPECT_THAT(*now.cpu_total_ns, near(truth.cpu_ns, 0.02, kTick + truth.entering_ns));
  // The kernel divides the exact total by samples that it took at ticks, and lets no share that anybody has
  // read sink again: the process, which read its own while it worked, and its cgroup may be told different
  // divisions.
  const auto division = truth.cpu_ns / 10 + 2 * kTick + truth.entering_ns;
  EXPECT_THAT(*now.cpu_user_ns, near(truth.user_ns, 0, division));
  EXPECT_THAT(*now.cpu_kernel_ns, near(truth.kernel_ns, 0, division));
  EXPECT_EQ(*now.cpu_user_ns + *now.cpu_kernel_ns, *now.cpu_total_ns);
}

TEST_F(BpfSourceLive, CpuTimeEqualsTheFile) {
  // The process stands still, so there is nothing to allow for but the microseconds of the file. Its split
  // depends on who else has read it before.
  const Workload burner(cgroup, [] { burn_cpu(100 * kMs, 50 * kMs); });
  const CgroupSample now = sample();
  const std::string file = cgroup.read(HierarchyIndex{0}, "cpu.stat");
  EXPECT_EQ(*now.cpu_total_ns / 1000, LiveCgroup::find(file, "usage_usec"));
  EXPECT_THAT(*now.cpu_user_ns, near(LiveCgroup::find(file, "user_usec").value() * 1000, 0, kTick));
  EXPECT_THAT(*now.cpu_kernel_ns, near(LiveCgroup::find(file, "system_usec").value() * 1000, 0, kTick));
}

TEST_F(BpfSourceLive, AnonymousMemoryEqualsTheFileAndTheTruth) {
  const Workload holder(cgroup, [] { allocate_anonymous(64 * kMiB); });
  const CgroupSample now = sample();
  EXPECT_THAT(*now.memory_anon_bytes, near(64 * kMiB, 0.02, 0));
  EXPECT_GE(*now.memory_usage_bytes, *now.memory_anon_bytes);
  EXPECT_GE(*now.memory_peak_bytes, *now.memory_usage_bytes);
  EXPECT_GE(*now.memory_page_faults, 1U);
  EXPECT_THAT(*now.memory_anon_bytes, near(memory_stat("total_rss", "anon"), 0, kBatchBytes));
  EXPECT_THAT(*now.memory_inactive_file_bytes,
              near(memory_stat("total_inactive_file", "inactive_file"), 0, kBatchBytes));
  EXPECT_THAT(*now.memory_page_faults, near(memory_stat("total_pgfault", "pgfault"), 0, kBatch));
  EXPECT_THAT(*now.memory_major_faults, near(memory_stat("total_pgmajfault", "pgmajfault"), 0, kBatch));
  EXPECT_EQ(*now.memory_usage_bytes,
            LiveCgroup::number(cgroup.read(Controller::kMemory, "memory.usage_in_bytes", "memory.current")));
}

TEST_F(BpfSourceLive, SharedMemoryIsFileMemoryToo) {
  const Workload holder(cgroup, [] { allocate_shared(32 * kMiB); });
  const CgroupSample now = sample();
  EXPECT_THAT(*now.memory_shmem_bytes, near(32 * kMiB, 0.02, 0));
  EXPECT_GE(*now.memory_file_bytes, *now.memory_shmem_bytes);
  EXPECT_THAT(*now.memory_shmem_bytes, near(memory_stat("total_shmem", "shmem"), 0, kBatchBytes));
  EXPECT_THAT(*now.memory_file_bytes, near(memory_stat("total_cache", "file"), 0, kBatchBytes));
}

TEST_F(BpfSourceLive, KernelAndSwapMemoryEqualTheFiles) {
  // Where busy cgroups contradict themselves, it takes two that rest to prove which statistic is which.
  const LiveCgroup beside(topology, cgroup.path() + "-beside");
  const Workload neighbour(beside, [] { allocate_anonymous(kMiB); });
  const Workload holder(cgroup, [] { allocate_anonymous(8 * kMiB); });
  const CgroupSample now = sample();
  if (cgroup.is_v1(Controller::kMemory)) {
    const std::string file = cgroup.read(Controller::kMemory, "memory.kmem.usage_in_bytes", "");
    EXPECT_THAT(*now.memory_kernel_bytes, near(LiveCgroup::number(file), 0, kBatchBytes));
    EXPECT_EQ(*now.memory_swap_bytes, memory_stat("total_swap", ""));
  } else {
    EXPECT_THAT(*now.memory_kernel_bytes, near(memory_stat("", "kernel"), 0, kBatchBytes));
    EXPECT_EQ(*now.memory_swap_bytes,
              LiveCgroup::number(cgroup.read(Controller::kMemory, "", "memory.swap.current")));
  }
  EXPECT_GT(*now.memory_kernel_bytes, 0U);
}

TEST_F(BpfSourceLive, TasksAreCounted) {
  const Workload parent(cgroup, [] { fork_tasks(5); });
  const CgroupSample now = sample();
  EXPECT_EQ(now.pids_current, Reading{6});
  EXPECT_EQ(now.pids_limit, Reading{});
}

TEST_F(BpfSourceLive, LimitsAreShownAndTheirAbsenceToo) {
  const CgroupSample before = sample();
  EXPECT_EQ(before.memory_limit_bytes, Reading{});
  EXPECT_EQ(before.cpu_limit_ns_per_s, Reading{});
  EXPECT_EQ(before.pids_limit, Reading{});

  cgroup.write(Controller::kMemory, "memory.limit_in_bytes", "memory.max", std::to_string(100 * kMiB));
  cgroup.write(Controller::kCpu, "cpu.cfs_quota_us", "cpu.max", "50000");
  cgroup.write(Controller::kPids, "pids.max", "pids.max", "50");
  const CgroupSample limited = sample();
  EXPECT_EQ(limited.memory_limit_bytes, Reading{100 * kMiB});
  EXPECT_EQ(limited.cpu_limit_ns_per_s, Reading{500'000'000});
  EXPECT_EQ(limited.pids_limit, Reading{50});
}

TEST_F(BpfSourceLive, ThrottlingEqualsTheFile) {
  cgroup.write(Controller::kCpu, "cpu.cfs_quota_us", "cpu.max", "20000");
  const Workload burner(cgroup, [] { burn_cpu(100 * kMs, 0); });
  const auto read_file = [this] { return cgroup.read(Controller::kCpu, "cpu.stat", "cpu.stat"); };
  CgroupSample now;
  std::string file;
  // The timer may end one more period after the work.
  do {
    file = read_file();
    now = sample();
  } while (read_file() != file);
  EXPECT_EQ(*now.cpu_periods, LiveCgroup::find(file, "nr_periods"));
  EXPECT_EQ(*now.cpu_throttled_periods, LiveCgroup::find(file, "nr_throttled"));
  EXPECT_GE(*now.cpu_throttled_periods, 3U);
  if (cgroup.is_v1(Controller::kCpu)) {
    EXPECT_EQ(*now.cpu_throttled_ns, LiveCgroup::find(file, "throttled_time"));
  } else {
    EXPECT_EQ(*now.cpu_throttled_ns / 1000, LiveCgroup::find(file, "throttled_usec"));
  }
}

TEST_F(BpfSourceLive, PressureEqualsTheFile) {
  // More tasks than CPUs, so at any time somebody waits.
  const Workload crowd(cgroup, [] {
    const long tasks = sysconf(_SC_NPROCESSORS_ONLN) + 1;
    for (long i = 0; i < tasks; ++i) {
      if (fork() == 0) {
        burn_cpu(200 * kMs, 0);
        _exit(0);
      }
    }
    while (wait(nullptr) > 0) continue;
  });
  // A read of the file brings the kernel's own total up to date, as the kernel does now and then by itself.
  const auto total_us = [this] {
    const std::string file = cgroup.read(HierarchyIndex{0}, "cpu.pressure");
    return std::stoull(file.substr(file.find("total=") + 6));
  };
  const std::uint64_t before_us = total_us();
  const CgroupSample now = sample();
  EXPECT_THAT(*now.pressure_cpu_some_us, AllOf(Ge(before_us), Le(total_us())));
  EXPECT_GT(*now.pressure_cpu_some_us, 50'000U);
  EXPECT_LT(*now.pressure_memory_some_us, *now.pressure_cpu_some_us);
  EXPECT_LE(*now.pressure_io_full_us, *now.pressure_io_some_us);
}

TEST_F(BpfSourceLive, AProcessKilledForItsMemoryIsCounted) {
  cgroup.write(Controller::kMemory, "memory.limit_in_bytes", "memory.max", std::to_string(16 * kMiB));
  const Workload greedy(cgroup, [] { allocate_anonymous(256 * kMiB); });
  EXPECT_FALSE(greedy.alive());
  const CgroupSample now = sample();
  const std::string file = cgroup.read(Controller::kMemory, "memory.oom_control", "memory.events");
  EXPECT_EQ(now.memory_event_oom_kill, Reading{1});
  EXPECT_EQ(*now.memory_event_oom_kill, LiveCgroup::find(file, "oom_kill"));
  EXPECT_GE(*now.memory_event_max, 1U);
}

TEST_F(BpfSourceLive, ATimeStandsOnEveryGroup) {
  const auto bpf = rig();
  timespec before{}, after{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  bpf->pass();
  clock_gettime(CLOCK_MONOTONIC, &after);
  const auto ns = [](const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1000 * kMs + static_cast<std::uint64_t>(time.tv_nsec);
  };
  const CgroupSample& now = bpf->sample(cgroup.path());
  for (const MetricGroup group : {MetricGroup::kCpu, MetricGroup::kThrottling, MetricGroup::kMemory,
                                  MetricGroup::kMemoryStat, MetricGroup::kMemoryEvents, MetricGroup::kPids}) {
    EXPECT_THAT(now.taken(group), AllOf(Ge(ns(before)), Le(ns(after)))) << group_name(group);
    EXPECT_EQ(bpf->snapshot.supplied_by[static_cast<std::size_t>(group)], "bpf") << group_name(group);
  }
}

TEST_F(BpfSourceLive, AGroupThatAPassDoesNotWantIsThereAgainInTheNext) {
  const auto bpf = rig();
  bpf->parts.source->prepare(kAllGroups & ~group_bit(MetricGroup::kMemoryStat) &
                             ~group_bit(MetricGroup::kThrottling));
  bpf->pass();
  EXPECT_FALSE(bpf->sample(cgroup.path()).memory_anon_bytes);
  EXPECT_FALSE(bpf->sample(cgroup.path()).cpu_periods);
  EXPECT_TRUE(bpf->sample(cgroup.path()).memory_usage_bytes);
  bpf->parts.source->prepare(kAllGroups);
  bpf->pass();
  EXPECT_TRUE(bpf->sample(cgroup.path()).memory_anon_bytes);
  EXPECT_TRUE(bpf->sample(cgroup.path()).cpu_periods);
}

TEST_F(BpfSourceLive, ADisabledGroupIsNeitherFilledNorClaimed) {
  const auto bpf = rig();
  bpf->parts.source->disable(MetricGroup::kMemory);
  bpf->pass();
  EXPECT_EQ(bpf->sample(cgroup.path()).memory_usage_bytes, Reading{});
  EXPECT_EQ(bpf->snapshot.supplied_by[static_cast<std::size_t>(MetricGroup::kMemory)], "");
  EXPECT_TRUE(bpf->sample(cgroup.path()).memory_anon_bytes);
}

TEST_F(BpfSourceLive, WhatIsAlreadyThereIsLeftAlone) {
  const auto bpf = rig();
  bpf->pass();
  bpf->snapshot.begin();
  bpf->snapshot.samples[bpf->slot(cgroup.path())].pids_current = 4711;
  ASSERT_TRUE(bpf->parts.source->collect(bpf->snapshot));
  EXPECT_EQ(bpf->sample(cgroup.path()).pids_current, Reading{4711});
}

TEST_F(BpfSourceLive, CoreTimesAddUpToTheTotalOrAreNotClaimed) {
  const Workload burner(cgroup, [] { burn_cpu(100 * kMs, 0); });
  const auto bpf = rig({.per_cpu = true});
  bpf->snapshot.cores = static_cast<unsigned>(sysconf(_SC_NPROCESSORS_CONF));
  bpf->pass();
  const auto slot = bpf->slot(cgroup.path());
  const std::span<const Reading> cores =
      std::span(bpf->snapshot.core_ns).subspan(slot * bpf->snapshot.cores, bpf->snapshot.cores);
  if ((bpf->parts.supplies & group_bit(MetricGroup::kPerCpu)) == 0) {
    EXPECT_NE(bpf->parts.remarks[static_cast<std::size_t>(MetricGroup::kPerCpu)], "");
    EXPECT_THAT(cores, testing::Each(Reading{}));
    return;
  }
  std::uint64_t sum = 0;
  for (const Reading core : cores) sum += *core;
  EXPECT_EQ(sum, *bpf->sample(cgroup.path()).cpu_total_ns);
  EXPECT_GE(sum, 100 * kMs);
}

}  // namespace
}  // namespace squid
