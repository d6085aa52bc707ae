#include "cgroupfs/file_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/group_mask.h"
#include "core/metric_table.h"

namespace squid {
namespace {

using enum Controller;

Hierarchy at(CgroupVersion version, std::vector<Controller> controllers) {
  return {.version = version, .kernel_id = 0, .mount_point = "/c", .controllers = std::move(controllers)};
}

std::set<std::string> names(const FilePlan& plan, HierarchyIndex hierarchy) {
  std::set<std::string> names;
  for (const PlannedFile& file : plan.files)
    if (file.hierarchy == hierarchy) names.insert(file.name);
  return names;
}

// No cgroup file tells these.
constexpr GroupMask kFileless =
    group_bit(MetricGroup::kSockets) | group_bit(MetricGroup::kNetwork) | group_bit(MetricGroup::kLatency);

TEST(FileTable, EveryGroupHasARowOnBothVersionsWhereTheKernelHasIt) {
  for (std::size_t i = 0; i < kMetricGroupCount; ++i) {
    const auto group = static_cast<MetricGroup>(i);
    bool v1 = false;
    bool v2 = false;
    for (const FileRow& row : file_table()) {
      if (row.group != group) continue;
      (row.version == CgroupVersion::kV1 ? v1 : v2) = true;
    }
    const bool has_files = (kFileless & group_bit(group)) == 0;
    EXPECT_EQ(v1, has_files && group != MetricGroup::kPressure) << group_name(group);
    EXPECT_EQ(v2, has_files && group != MetricGroup::kPerCpu) << group_name(group);
  }
}

TEST(FileTable, EveryMetricOfTheTableIsFilledByItsOwnGroup) {
  // Texts that every parser of the table finds its numbers in.
  const std::string text =
      "usage_usec 1\nuser_usec 1\nsystem_usec 1\nnr_periods 1\nnr_throttled 1\nthrottled_usec 1\nanon "
      "1\nfile 1\n"
      "kernel 1\nshmem 1\ninactive_file 1\npgfault 1\npgmajfault 1\nlow 1\nhigh 1\nmax 1\noom 1\noom_kill 1\n"
      "some total=1\nfull total=1\n8:0 rbytes=1\n";
  const DeviceFilter every = [](std::uint32_t, std::uint32_t) { return true; };
  CgroupSample sample;
  for (const FileRow& row : file_table()) {
    if (row.version != CgroupVersion::kV2) continue;
    const bool single = row.wanted != nullptr && !(sample.*row.wanted);
    FileTarget target{.sample = sample, .core_ns = {}, .cfs_quota_us = {}, .counts_device = every};
    row.parse(text, target);
    if (single && !(sample.*row.wanted)) row.parse("1 1\n", target);
    EXPECT_TRUE((sample.*row.wanted).has_value()) << row.file;
  }
  derive_fields(sample);
  for (const MetricRow& row : kMetricTable)
    EXPECT_EQ((sample.*row.member).has_value(), main_field(row.group) != nullptr) << row.info.name;
}

TEST(FileTable, MainFieldsBelongToTheirGroup) {
  for (std::size_t i = 0; i < kMetricGroupCount; ++i) {
    const auto group = static_cast<MetricGroup>(i);
    const auto field = main_field(group);
    if (group == MetricGroup::kPerCpu || (kFileless & group_bit(group)) != 0) {
      EXPECT_EQ(field, nullptr);
      continue;
    }
    bool found = false;
    for (const MetricRow& row : kMetricTable) found = found || (row.group == group && row.member == field);
    EXPECT_TRUE(found) << group_name(group);
  }
}

TEST(ComputeFilePlan, PureV2) {
  const Topology topology{.shape = TopologyShape::kUnified,
                          .hierarchies = {at(CgroupVersion::kV2, {kCpu, kCpuacct, kMemory, kPids, kIo})},
                          .restricted = {}};
  const FilePlan plan = compute_file_plan(topology);
  EXPECT_EQ(names(plan, 0),
            (std::set<std::string>{"cpu.stat", "cpu.max", "memory.current", "memory.max", "memory.peak",
                                   "memory.stat", "memory.swap.current", "memory.events", "pids.current",
                                   "pids.max", "io.stat", "cpu.pressure", "memory.pressure", "io.pressure"}));
  EXPECT_EQ(plan.rows.size(), plan.files.size() + 1) << "cpu.stat serves two groups";
}

TEST(ComputeFilePlan, HybridTakesEachFileFromItsControllersHome) {
  const Topology topology{
      .shape = TopologyShape::kHybrid,
      .hierarchies = {at(CgroupVersion::kV2, {kMemory}), at(CgroupVersion::kV1, {kCpu, kCpuacct}),
                      at(CgroupVersion::kV1, {kPids})},
      .restricted = {}};
  const FilePlan plan = compute_file_plan(topology);
  EXPECT_TRUE(names(plan, 0).contains("memory.stat"));
  EXPECT_TRUE(names(plan, 0).contains("io.pressure"));
  EXPECT_TRUE(names(plan, 0).contains("cpu.stat")) << "stands in where a container has no cpuacct directory";
  EXPECT_FALSE(names(plan, 0).contains("cpu.max"));
  EXPECT_TRUE(names(plan, 1).contains("cpuacct.usage"));
  EXPECT_TRUE(names(plan, 1).contains("cpu.cfs_quota_us"));
  EXPECT_FALSE(names(plan, 1).contains("memory.usage_in_bytes"));
  EXPECT_EQ(names(plan, 2), (std::set<std::string>{"pids.current", "pids.max"}));
}

TEST(ComputeFilePlan, WhatTheHostDoesNotHaveIsNotPlanned) {
  EXPECT_TRUE(compute_file_plan(Topology{}).files.empty());
  const Topology bare{.shape = TopologyShape::kUnified,
                      .hierarchies = {at(CgroupVersion::kV2, {kCpuacct})},
                      .restricted = {}};
  EXPECT_EQ(names(compute_file_plan(bare), 0),
            (std::set<std::string>{"cpu.stat", "cpu.pressure", "memory.pressure", "io.pressure"}));
}

}  // namespace
}  // namespace squid
