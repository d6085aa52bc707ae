#include "kernel/decode.h"

#include <gtest/gtest.h>

#include <limits>

namespace squid {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kNoLimitPages = std::numeric_limits<std::int64_t>::max() / kPage;
constexpr GroupMask kEverything = kAllGroups;

GroupMask bits(std::initializer_list<record_group> groups) {
  GroupMask mask = 0;
  for (const record_group group : groups) mask |= GroupMask{1} << group;
  return mask;
}

CgroupSample decode(const cgroup_record& record, GroupMask wanted = kEverything) {
  CgroupSample sample;
  CpuSplit split;
  decode_record(record, wanted, kPage, split, sample);
  return sample;
}

TEST(ComputeCpuSplit, DividesTheTotalByTheRatioOfTheTicks) {
  EXPECT_EQ(compute_cpu_split({.total_ns = 1000, .raw_user_ns = 30, .raw_kernel_ns = 10}, {}),
            (CpuSplit{.user_ns = 750, .kernel_ns = 250}));
}

TEST(ComputeCpuSplit, WithoutTicksAllIsUserTime) {
  EXPECT_EQ(compute_cpu_split({.total_ns = 1000, .raw_user_ns = 0, .raw_kernel_ns = 0}, {}),
            (CpuSplit{.user_ns = 1000, .kernel_ns = 0}));
}

TEST(ComputeCpuSplit, WithKernelTicksAloneAllIsKernelTime) {
  EXPECT_EQ(compute_cpu_split({.total_ns = 1000, .raw_user_ns = 0, .raw_kernel_ns = 1}, {}),
            (CpuSplit{.user_ns = 0, .kernel_ns = 1000}));
}

TEST(ComputeCpuSplit, NeitherPartGoesBackWhenTheRatioShifts) {
  const CpuSplit first = compute_cpu_split({.total_ns = 1000, .raw_user_ns = 1, .raw_kernel_ns = 1}, {});
  EXPECT_EQ(first, (CpuSplit{.user_ns = 500, .kernel_ns = 500}));
  const CpuSplit to_user = compute_cpu_split({.total_ns = 1100, .raw_user_ns = 9, .raw_kernel_ns = 1}, first);
  EXPECT_EQ(to_user, (CpuSplit{.user_ns = 600, .kernel_ns = 500}));
  const CpuSplit to_kernel =
      compute_cpu_split({.total_ns = 1200, .raw_user_ns = 9, .raw_kernel_ns = 91}, to_user);
  EXPECT_EQ(to_kernel, (CpuSplit{.user_ns = 600, .kernel_ns = 600}));
}

TEST(ComputeCpuSplit, ATotalThatStandsStillChangesNothing) {
  const CpuSplit before{.user_ns = 700, .kernel_ns = 300};
  EXPECT_EQ(compute_cpu_split({.total_ns = 1000, .raw_user_ns = 1, .raw_kernel_ns = 99}, before), before);
  EXPECT_EQ(compute_cpu_split({.total_ns = 999, .raw_user_ns = 1, .raw_kernel_ns = 99}, before), before);
}

TEST(ComputeCpuSplit, DoesNotOverflowAfterYearsOnManyCores) {
  constexpr std::uint64_t kYears = std::uint64_t{1} << 61;
  const CpuSplit split =
      compute_cpu_split({.total_ns = kYears, .raw_user_ns = kYears, .raw_kernel_ns = kYears}, {});
  EXPECT_EQ(split, (CpuSplit{.user_ns = kYears / 2, .kernel_ns = kYears / 2}));
}

TEST(DecodeRecord, FillsOnlyWhatTheRecordSupplies) {
  cgroup_record record{};
  record.supplied = bits({RECORD_PIDS});
  record.time_ns = 77;
  record.pids = {.current = 3, .limit = 10};
  record.memory = {.usage_pages = 5, .limit_pages = 6, .peak_pages = 7};
  const CgroupSample sample = decode(record);
  EXPECT_EQ(sample.pids_current, Reading{3});
  EXPECT_EQ(sample.pids_limit, Reading{10});
  EXPECT_EQ(sample.taken(MetricGroup::kPids), 77U);
  EXPECT_EQ(sample.memory_usage_bytes, Reading{});
  EXPECT_EQ(sample.taken(MetricGroup::kMemory), 0U);
}

TEST(DecodeRecord, FillsOnlyWhatIsWanted) {
  cgroup_record record{};
  record.supplied = bits({RECORD_PIDS, RECORD_MEMORY});
  CgroupSample sample;
  CpuSplit split;
  EXPECT_EQ(decode_record(record, bits({RECORD_MEMORY}), kPage, split, sample), bits({RECORD_MEMORY}));
  EXPECT_EQ(sample.pids_current, Reading{});
  EXPECT_EQ(sample.memory_usage_bytes, Reading{0});
}

TEST(DecodeRecord, LeavesAloneWhatIsThere) {
  cgroup_record record{};
  record.supplied = bits({RECORD_PIDS});
  record.time_ns = 77;
  record.pids = {.current = 3, .limit = 10};
  CgroupSample sample;
  sample.pids_current = 4;
  sample.set_taken(MetricGroup::kPids, 70);
  CpuSplit split;
  decode_record(record, kEverything, kPage, split, sample);
  EXPECT_EQ(sample.pids_current, Reading{4});
  EXPECT_EQ(sample.pids_limit, Reading{10});
  EXPECT_EQ(sample.taken(MetricGroup::kPids), 70U);
}

TEST(DecodeRecord, TurnsPagesIntoBytes) {
  cgroup_record record{};
  record.supplied = bits({RECORD_MEMORY, RECORD_MEMORY_STAT});
  record.memory = {.usage_pages = 2, .limit_pages = 100, .peak_pages = 3};
  record.memory_stat = {.anon_pages = 1,
                        .file_pages = 2,
                        .shmem_pages = 3,
                        .kernel_pages = 4,
                        .inactive_file_pages = 5,
                        .swap_pages = 6,
                        .page_faults = 7,
                        .major_faults = 8};
  const CgroupSample sample = decode(record);
  EXPECT_EQ(sample.memory_usage_bytes, Reading{2 * kPage});
  EXPECT_EQ(sample.memory_limit_bytes, Reading{100 * kPage});
  EXPECT_EQ(sample.memory_peak_bytes, Reading{3 * kPage});
  EXPECT_EQ(sample.memory_anon_bytes, Reading{1 * kPage});
  EXPECT_EQ(sample.memory_file_bytes, Reading{2 * kPage});
  EXPECT_EQ(sample.memory_shmem_bytes, Reading{3 * kPage});
  EXPECT_EQ(sample.memory_kernel_bytes, Reading{4 * kPage});
  EXPECT_EQ(sample.memory_inactive_file_bytes, Reading{5 * kPage});
  EXPECT_EQ(sample.memory_swap_bytes, Reading{6 * kPage});
  EXPECT_EQ(sample.memory_page_faults, Reading{7});
  EXPECT_EQ(sample.memory_major_faults, Reading{8});
}

TEST(DecodeRecord, ALimitThatIsNoneIsAbsent) {
  cgroup_record record{};
  record.supplied = bits({RECORD_MEMORY, RECORD_PIDS, RECORD_THROTTLING});
  record.memory.limit_pages = kNoLimitPages;
  record.pids.limit = 4 * 1024 * 1024 + 1;
  record.throttling = {
      .quota_ns = ~0ULL, .period_ns = 100'000'000, .throttled_ns = 0, .periods = 0, .throttled_periods = 0};
  const CgroupSample sample = decode(record);
  EXPECT_EQ(sample.memory_limit_bytes, Reading{});
  EXPECT_EQ(sample.pids_limit, Reading{});
  EXPECT_EQ(sample.cpu_limit_ns_per_s, Reading{});
  EXPECT_EQ(sample.cpu_periods, Reading{0});
}

TEST(DecodeRecord, AQuotaIsNanosecondsPerSecond) {
  cgroup_record record{};
  record.supplied = bits({RECORD_THROTTLING});
  record.throttling = {.quota_ns = 150'000'000,
                       .period_ns = 100'000'000,
                       .throttled_ns = 9,
                       .periods = 7,
                       .throttled_periods = 8};
  const CgroupSample sample = decode(record);
  EXPECT_EQ(sample.cpu_limit_ns_per_s, Reading{1'500'000'000});
  EXPECT_EQ(sample.cpu_periods, Reading{7});
  EXPECT_EQ(sample.cpu_throttled_periods, Reading{8});
  EXPECT_EQ(sample.cpu_throttled_ns, Reading{9});
}

TEST(DecodeRecord, AFieldThatTheKernelDidNotTellIsAbsent) {
  cgroup_record record{};
  record.supplied = bits({RECORD_MEMORY_STAT});
  record.memory_stat.swap_pages = RECORD_ABSENT;
  record.memory_stat.page_faults = RECORD_ABSENT;
  const CgroupSample sample = decode(record);
  EXPECT_EQ(sample.memory_swap_bytes, Reading{});
  EXPECT_EQ(sample.memory_page_faults, Reading{});
  EXPECT_EQ(sample.memory_anon_bytes, Reading{0});
}

TEST(DecodeRecord, ASumCaughtBelowZeroIsZero) {
  cgroup_record record{};
  record.supplied = bits({RECORD_MEMORY_STAT});
  record.memory_stat.anon_pages = static_cast<std::uint64_t>(-5);
  EXPECT_EQ(decode(record).memory_anon_bytes, Reading{0});
}

TEST(DecodeRecord, RemembersTheSplitOfTheLastRecord) {
  cgroup_record record{};
  record.supplied = bits({RECORD_CPU});
  record.cpu = {.total_ns = 1000, .raw_user_ns = 1, .raw_kernel_ns = 1};
  CpuSplit split;
  CgroupSample first, second;
  decode_record(record, kEverything, kPage, split, first);
  record.cpu = {.total_ns = 1100, .raw_user_ns = 9, .raw_kernel_ns = 1};
  decode_record(record, kEverything, kPage, split, second);
  EXPECT_EQ(second.cpu_total_ns, Reading{1100});
  EXPECT_EQ(second.cpu_kernel_ns, first.cpu_kernel_ns);
  EXPECT_EQ(second.cpu_user_ns, Reading{600});
}

TEST(DecodeRecord, ShowsMemoryEvents) {
  cgroup_record record{};
  record.supplied = bits({RECORD_MEMORY_EVENTS});
  record.memory_events = {.low = 1, .high = 2, .max = 3, .oom = 4, .oom_kill = 5};
  const CgroupSample sample = decode(record);
  EXPECT_EQ(sample.memory_event_low, Reading{1});
  EXPECT_EQ(sample.memory_event_high, Reading{2});
  EXPECT_EQ(sample.memory_event_max, Reading{3});
  EXPECT_EQ(sample.memory_event_oom, Reading{4});
  EXPECT_EQ(sample.memory_event_oom_kill, Reading{5});
}

}  // namespace
}  // namespace squid
