#include "cgroupfs/parse.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace squid {
namespace {

TEST(ParseNumber, ReadsOneNumber) {
  EXPECT_EQ(parse_number("0\n"), Reading{0});
  EXPECT_EQ(parse_number("4096\n"), Reading{4096});
  EXPECT_EQ(parse_number("4096"), Reading{4096});
  EXPECT_EQ(parse_number("12 34"), Reading{12});
  EXPECT_EQ(parse_number("18446744073709551614\n"), Reading{18446744073709551614U});
}

TEST(ParseNumber, WhatIsNoNumberIsAbsent) {
  for (const char* text : {"", "\n", " 1", "-1\n", "+1\n", "max\n", "12ab\n", "0x10\n", "1.5\n",
                           "18446744073709551616\n", "99999999999999999999999999\n"})
    EXPECT_FALSE(parse_number(text).has_value()) << text;
}

TEST(ParseLimit, UnlimitedIsAbsentHoweverItIsWritten) {
  EXPECT_EQ(parse_limit("268435456\n"), Reading{268435456});
  EXPECT_EQ(parse_limit("0\n"), Reading{0});
  EXPECT_FALSE(parse_limit("max\n").has_value());
  EXPECT_FALSE(parse_limit("-1\n").has_value());
  EXPECT_FALSE(parse_limit("9223372036854771712\n").has_value()) << "v1, pages of 4 KiB";
  EXPECT_FALSE(parse_limit("9223372036854710272\n").has_value()) << "v1, pages of 64 KiB";
  EXPECT_FALSE(parse_limit("9223372036854775807\n").has_value());
}

TEST(ParseCpuTime, V2MicrosecondsBecomeNanoseconds) {
  CgroupSample sample;
  parse_cpu_time(
      "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnice_usec 0\ncore_sched.force_idle_usec 0\n",
      sample);
  EXPECT_EQ(sample.cpu_total_ns, Reading{1'500'000});
  EXPECT_EQ(sample.cpu_user_ns, Reading{1'000'000});
  EXPECT_EQ(sample.cpu_kernel_ns, Reading{500'000});
  EXPECT_FALSE(sample.cpu_periods.has_value());
}

TEST(ParseCpuTime, OverflowInTheUnitIsAbsent) {
  CgroupSample sample;
  parse_cpu_time("usage_usec 18446744073709552\nuser_usec 1\n", sample);
  EXPECT_FALSE(sample.cpu_total_ns.has_value());
  EXPECT_EQ(sample.cpu_user_ns, Reading{1000});
}

TEST(ParseThrottling, BothVersions) {
  CgroupSample v1;
  parse_throttling("nr_periods 5\nnr_throttled 2\nthrottled_time 3000\nnr_bursts 0\nburst_time 0\n", v1);
  EXPECT_EQ(v1.cpu_periods, Reading{5});
  EXPECT_EQ(v1.cpu_throttled_periods, Reading{2});
  EXPECT_EQ(v1.cpu_throttled_ns, Reading{3000});

  CgroupSample v2;
  parse_throttling("usage_usec 1\nnr_periods 5\nnr_throttled 2\nthrottled_usec 3\nnr_bursts 0\n", v2);
  EXPECT_EQ(v2.cpu_throttled_ns, Reading{3000});
  EXPECT_FALSE(v2.cpu_total_ns.has_value());
}

TEST(ParseCpuMax, QuotaOverPeriod) {
  CgroupSample sample;
  parse_cpu_max("150000 100000\n", sample);
  EXPECT_EQ(sample.cpu_limit_ns_per_s, Reading{1'500'000'000});
  for (const char* text :
       {"max 100000\n", "100000\n", "100000 0\n", "", "100000 abc\n", "99999999999999 1\n"}) {
    parse_cpu_max(text, sample);
    EXPECT_FALSE(sample.cpu_limit_ns_per_s.has_value()) << text;
  }
}

TEST(ComputeCpuLimit, NeedsBothHalves) {
  EXPECT_EQ(compute_cpu_limit(50'000, 100'000), Reading{500'000'000});
  EXPECT_FALSE(compute_cpu_limit({}, 100'000).has_value());
  EXPECT_FALSE(compute_cpu_limit(50'000, {}).has_value());
  EXPECT_FALSE(compute_cpu_limit(50'000, 0).has_value());
}

TEST(ParseCpuacctStat, TicksOfTenMilliseconds) {
  CgroupSample sample;
  parse_cpuacct_stat("user 12\nsystem 3\n", sample);
  EXPECT_EQ(sample.cpu_user_ns, Reading{120'000'000});
  EXPECT_EQ(sample.cpu_kernel_ns, Reading{30'000'000});
}

TEST(ParseMemoryStatV1, TakesTheHierarchicalKeysOnly) {
  CgroupSample sample;
  parse_memory_stat_v1(
      "cache 1\nrss 2\nshmem 3\ninactive_file 4\nswap 5\npgfault 6\nhierarchical_memory_limit "
      "9223372036854771712\n"
      "total_cache 10\ntotal_rss 20\ntotal_rss_huge 21\ntotal_shmem 30\ntotal_swap 50\ntotal_pgfault 60\n"
      "total_pgmajfault 70\ntotal_inactive_file 40\n",
      sample);
  EXPECT_EQ(sample.memory_file_bytes, Reading{10});
  EXPECT_EQ(sample.memory_anon_bytes, Reading{20});
  EXPECT_EQ(sample.memory_shmem_bytes, Reading{30});
  EXPECT_EQ(sample.memory_inactive_file_bytes, Reading{40});
  EXPECT_EQ(sample.memory_swap_bytes, Reading{50});
  EXPECT_EQ(sample.memory_page_faults, Reading{60});
  EXPECT_EQ(sample.memory_major_faults, Reading{70});
  EXPECT_FALSE(sample.memory_kernel_bytes.has_value());
}

TEST(ParseMemoryStatV2, ToleratesUnknownAndBrokenLines) {
  CgroupSample sample;
  parse_memory_stat_v2(
      "anon 100\nfile 200\n(unknown) 5\nkernel 300\nnonsense\n\nshmem\ninactive_file 40 50\npgfault "
      "x\npgmajfault 7\n",
      sample);
  EXPECT_EQ(sample.memory_anon_bytes, Reading{100});
  EXPECT_EQ(sample.memory_file_bytes, Reading{200});
  EXPECT_EQ(sample.memory_kernel_bytes, Reading{300});
  EXPECT_FALSE(sample.memory_shmem_bytes.has_value());
  EXPECT_EQ(sample.memory_inactive_file_bytes, Reading{40});
  EXPECT_FALSE(sample.memory_page_faults.has_value());
  EXPECT_EQ(sample.memory_major_faults, Reading{7});
}

TEST(ParseMemoryStatV2, AddsUpKernelMemoryWhereTheKernelDoesNot) {
  CgroupSample sample;
  parse_memory_stat_v2("anon 1\nkernel_stack 10\npagetables 20\npercpu 30\nslab_reclaimable 5\nslab 40\n",
                       sample);
  EXPECT_EQ(sample.memory_kernel_bytes, Reading{100});
  CgroupSample nothing;
  parse_memory_stat_v2("anon 1\nfile 2\n", nothing);
  EXPECT_FALSE(nothing.memory_kernel_bytes.has_value());
}

TEST(ParseMemoryEvents, AllFive) {
  CgroupSample sample;
  parse_memory_events("low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n", sample);
  EXPECT_EQ(sample.memory_event_low, Reading{1});
  EXPECT_EQ(sample.memory_event_high, Reading{2});
  EXPECT_EQ(sample.memory_event_max, Reading{3});
  EXPECT_EQ(sample.memory_event_oom, Reading{4});
  EXPECT_EQ(sample.memory_event_oom_kill, Reading{5});
}

TEST(ParseOomControl, KillsAreNotTheSwitchBesideThem) {
  CgroupSample sample;
  parse_oom_control("oom_kill_disable 1\nunder_oom 0\noom_kill 3\n", sample);
  EXPECT_EQ(sample.memory_event_oom_kill, Reading{3});
  CgroupSample old_kernel;
  parse_oom_control("oom_kill_disable 1\nunder_oom 0\n", old_kernel);
  EXPECT_FALSE(old_kernel.memory_event_oom_kill.has_value());
}

TEST(ParsePressure, TotalsOfBothLines) {
  const Pressure both = parse_pressure(
      "some avg10=0.00 avg60=1.50 avg300=0.00 total=12345\nfull avg10=0.00 avg60=0.00 avg300=0.00 "
      "total=678\n");
  EXPECT_EQ(both.some_us, Reading{12345});
  EXPECT_EQ(both.full_us, Reading{678});

  const Pressure some = parse_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
  EXPECT_EQ(some.some_us, Reading{1});
  EXPECT_FALSE(some.full_us.has_value());
  EXPECT_FALSE(parse_pressure("some avg10=0.00\nother total=5\n").some_us.has_value());
}

TEST(ParseCoreTimes, OnePerCore) {
  std::array<Reading, 3> cores;
  parse_core_times("100 200 300 0 0 \n", cores);
  EXPECT_EQ(cores[0], Reading{100});
  EXPECT_EQ(cores[2], Reading{300});

  std::array<Reading, 3> few;
  parse_core_times("100 \n", few);
  EXPECT_EQ(few[0], Reading{100});
  EXPECT_FALSE(few[1].has_value());
  EXPECT_FALSE(few[2].has_value());
}

}  // namespace
}  // namespace squid
