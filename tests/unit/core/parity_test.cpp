#include "core/parity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace squid {
namespace {

using testing::HasSubstr;

// Three snapshots of the same cgroups: trusted, tested, trusted.
class ParityTest : public testing::Test {
 protected:
  explicit ParityTest(int cgroups = 1) {
    roster_.begin_pass();
    for (int i = 0; i < cgroups; ++i)
      roster_.introduce(0, static_cast<std::uint64_t>(10 + i), "/c" + std::to_string(i));
    roster_.end_pass(true);
    for (Snapshot* snapshot : {&before_, &tested_, &after_}) snapshot->begin();
  }
  void set(Reading CgroupSample::*field, Reading before, Reading tested, Reading after,
           std::size_t slot = 0) {
    before_.samples[slot].*field = before;
    tested_.samples[slot].*field = tested;
    after_.samples[slot].*field = after;
  }
  GroupParity parity(MetricGroup group) const {
    return compute_parity(before_, tested_, after_, tolerance_)[static_cast<std::size_t>(group)];
  }
  ParityVerdict verdict(MetricGroup group) const { return parity(group).verdict; }

  CgroupRoster roster_{[](std::string_view, CgroupId) { return std::make_shared<const Container>(); }};
  Snapshot before_{roster_}, tested_{roster_}, after_{roster_};
  ParityTolerance tolerance_ = ParityTolerance::of(2, 4096);
};

TEST_F(ParityTest, ACounterBetweenTheTrustedOnesAgrees) {
  set(&CgroupSample::memory_event_max, 5, 6, 7);
  EXPECT_EQ(verdict(MetricGroup::kMemoryEvents), ParityVerdict::kAgrees);
}

TEST_F(ParityTest, ACounterOutsideDisagreesAndTheReasonTellsTheNumbers) {
  set(&CgroupSample::memory_event_max, 5, 8, 7);
  EXPECT_EQ(verdict(MetricGroup::kMemoryEvents), ParityVerdict::kDisagrees);
  EXPECT_EQ(parity(MetricGroup::kMemoryEvents).reason, "memory.events.max of /c0 is 8, expected 5 to 7");
  set(&CgroupSample::memory_event_max, 5, 4, 7);
  EXPECT_EQ(verdict(MetricGroup::kMemoryEvents), ParityVerdict::kDisagrees);
}

TEST_F(ParityTest, NothingToCompareIsUnproven) {
  EXPECT_EQ(verdict(MetricGroup::kPids), ParityVerdict::kUnproven);
  set(&CgroupSample::pids_current, {}, 4, {});
  EXPECT_EQ(verdict(MetricGroup::kPids), ParityVerdict::kUnproven);
  set(&CgroupSample::pids_current, 4, {}, 4);
  EXPECT_EQ(verdict(MetricGroup::kPids), ParityVerdict::kUnproven);
}

TEST_F(ParityTest, AGaugeMayHaveGoneDown) {
  set(&CgroupSample::pids_current, 9, 5, 3);
  EXPECT_EQ(verdict(MetricGroup::kPids), ParityVerdict::kAgrees);
}

TEST_F(ParityTest, OneWrongFieldCondemnsItsGroupAndNoOther) {
  set(&CgroupSample::memory_usage_bytes, 1 << 30, 1 << 30, 1 << 30);
  set(&CgroupSample::memory_peak_bytes, 1 << 30, 5, 1 << 30);
  set(&CgroupSample::pids_current, 1, 1, 1);
  EXPECT_EQ(verdict(MetricGroup::kMemory), ParityVerdict::kDisagrees);
  EXPECT_THAT(parity(MetricGroup::kMemory).reason, HasSubstr("memory.max_usage"));
  EXPECT_EQ(verdict(MetricGroup::kPids), ParityVerdict::kAgrees);
}

TEST_F(ParityTest, CpuTimeMayDifferByATickAndTheSplitByMore) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  set(&CgroupSample::cpu_total_ns, 10 * kSecond, 10 * kSecond - tolerance_.cpu_ns, 10 * kSecond);
  set(&CgroupSample::cpu_user_ns, 8 * kSecond, 8 * kSecond + 8 * kSecond / 60, 8 * kSecond);
  EXPECT_EQ(verdict(MetricGroup::kCpu), ParityVerdict::kAgrees);
  set(&CgroupSample::cpu_total_ns, 10 * kSecond, 10 * kSecond - tolerance_.cpu_ns - 1, 10 * kSecond);
  EXPECT_EQ(verdict(MetricGroup::kCpu), ParityVerdict::kDisagrees);
}

TEST_F(ParityTest, ASplitByTicksIsAnotherNumberThanTheKernelsOwn) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  set(&CgroupSample::cpu_total_ns, 10 * kSecond, 10 * kSecond, 10 * kSecond);
  set(&CgroupSample::cpu_user_ns, 8 * kSecond, 7 * kSecond, 8 * kSecond);
  EXPECT_EQ(verdict(MetricGroup::kCpu), ParityVerdict::kDisagrees);
  tolerance_.cpu_split.reset();
  EXPECT_EQ(verdict(MetricGroup::kCpu), ParityVerdict::kAgrees);
}

TEST_F(ParityTest, MemoryMayDifferByTheBatchesButALimitMayNot) {
  constexpr std::uint64_t kBatches = 64 * 2 * 4096;
  set(&CgroupSample::memory_usage_bytes, 1 << 30, (1 << 30) + kBatches, 1 << 30);
  set(&CgroupSample::memory_limit_bytes, 2 << 29, 2 << 29, 2 << 29);
  EXPECT_EQ(verdict(MetricGroup::kMemory), ParityVerdict::kAgrees);
  set(&CgroupSample::memory_limit_bytes, 2 << 29, (2 << 29) + 4096, 2 << 29);
  EXPECT_EQ(verdict(MetricGroup::kMemory), ParityVerdict::kDisagrees);
}

TEST_F(ParityTest, FaultsAreCountedAndHaveNoBatches) {
  set(&CgroupSample::memory_page_faults, 100, 101, 100);
  EXPECT_EQ(verdict(MetricGroup::kMemoryStat), ParityVerdict::kDisagrees);
}

TEST_F(ParityTest, TimesOfCoresAreCompared) {
  for (Snapshot* snapshot : {&before_, &tested_, &after_}) {
    snapshot->cores = 2;
    snapshot->begin();
    snapshot->core_ns = {1'000'000'000, 0};
  }
  EXPECT_EQ(verdict(MetricGroup::kPerCpu), ParityVerdict::kAgrees);
  tested_.core_ns = {0, 1'000'000'000};
  EXPECT_EQ(verdict(MetricGroup::kPerCpu), ParityVerdict::kDisagrees);
}

class ParityOfManyTest : public ParityTest {
 protected:
  ParityOfManyTest() : ParityTest(16) {
    for (std::size_t slot = 0; slot < 16; ++slot) set(&CgroupSample::pids_current, 5, 5, 5, slot);
  }
};

TEST_F(ParityOfManyTest, ABurstInOneOfManyIsChance) {
  set(&CgroupSample::pids_current, 5, 50, 5, 3);
  EXPECT_EQ(verdict(MetricGroup::kPids), ParityVerdict::kAgrees);
}

TEST_F(ParityOfManyTest, BurstsInManyAreNot) {
  for (std::size_t slot = 3; slot < 6; ++slot) set(&CgroupSample::pids_current, 5, 50, 5, slot);
  EXPECT_EQ(verdict(MetricGroup::kPids), ParityVerdict::kDisagrees);
}

}  // namespace
}  // namespace squid
