#include "core/cgroup_sample.h"

#include <gtest/gtest.h>

#include <set>

namespace squid {
namespace {

TEST(DeriveFields, WorkingSetAndActiveMemory) {
  CgroupSample sample;
  sample.memory_usage_bytes = 100;
  sample.memory_inactive_file_bytes = 30;
  sample.memory_file_bytes = 40;
  derive_fields(sample);
  EXPECT_EQ(sample.memory_working_set_bytes, Reading{70});
  EXPECT_EQ(sample.memory_active_bytes, Reading{60});
}

TEST(DeriveFields, FloorsAtZero) {
  CgroupSample sample;
  sample.memory_usage_bytes = 10;
  sample.memory_inactive_file_bytes = 30;
  derive_fields(sample);
  EXPECT_EQ(sample.memory_working_set_bytes, Reading{0});
}

TEST(DeriveFields, OfMissingPartsAreMissing) {
  CgroupSample sample;
  sample.memory_usage_bytes = 10;
  derive_fields(sample);
  EXPECT_FALSE(sample.memory_working_set_bytes.has_value());
  EXPECT_FALSE(sample.memory_active_bytes.has_value());
}

TEST(CgroupSample, EachGroupHasItsOwnTimeAndName) {
  CgroupSample sample;
  sample.set_taken(MetricGroup::kPids, 5);
  EXPECT_EQ(sample.taken(MetricGroup::kPids), 5U);
  EXPECT_EQ(sample.taken(MetricGroup::kMemory), 0U);
  EXPECT_EQ(group_name(MetricGroup::kMemoryStat), "memory_stat");
  EXPECT_EQ(std::set(kMetricGroupNames.begin(), kMetricGroupNames.end()).size(), kMetricGroupCount);
}

}  // namespace
}  // namespace squid
