#include "cgroupfs/tree_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <set>
#include <thread>

#include "support/fake_cgroup_tree.h"

namespace squid {
namespace {

using testing::HasSubstr;

constexpr ScanOptions kAlways{.rescan_interval_ns = 0};
constexpr std::uint64_t kHour = 3'600'000'000'000;
constexpr ScanOptions kSeldom{.rescan_interval_ns = kHour, .watched_rescan_interval_ns = kHour};

std::shared_ptr<const Container> admit_all(std::string_view path, CgroupId) {
  auto container = std::make_shared<Container>();
  container->name = std::string(path);
  return container;
}

std::set<std::string> paths(const CgroupRoster& roster) {
  std::set<std::string> paths;
  for (const CgroupRoster::Entry& entry : roster.entries())
    if (entry.id.valid()) paths.insert(entry.path);
  return paths;
}

TEST(TreeScan, FindsEveryCgroupBelowTheRoot) {
  const FakeCgroupTree tree{{"docker/abc", {{"memory.current", "1\n"}}}, {"system.slice/x.service", {}}};
  CgroupRoster roster(admit_all);
  TreeScan scan(unified_topology(tree), kAlways);
  ASSERT_TRUE(scan.refresh(roster).has_value());
  EXPECT_EQ(paths(roster),
            (std::set<std::string>{"/docker", "/docker/abc", "/system.slice", "/system.slice/x.service"}));
  EXPECT_EQ(scan.cgroups_seen(), 4U);
  EXPECT_EQ(scan.over_limit(), 0U);
  for (const CgroupRoster::Entry& entry : roster.entries())
    EXPECT_EQ(entry.inodes[0], tree.inode(entry.path)) << entry.path;
}

TEST(TreeScan, NoticesBirthsAndDeaths) {
  FakeCgroupTree tree{{"a", {}}};
  CgroupRoster roster(admit_all);
  TreeScan scan(unified_topology(tree), kAlways);
  ASSERT_TRUE(scan.refresh(roster).has_value());
  ASSERT_EQ(roster.arrived().size(), 1U);
  EXPECT_FALSE(roster.entries()[roster.arrived()[0]].born_under_watch);

  tree.add("b");
  ASSERT_TRUE(scan.refresh(roster).has_value());
  ASSERT_EQ(roster.arrived().size(), 1U);
  EXPECT_EQ(roster.entries()[roster.arrived()[0]].path, "/b");
  EXPECT_TRUE(roster.entries()[roster.arrived()[0]].born_under_watch);

  tree.remove("a");
  ASSERT_TRUE(scan.refresh(roster).has_value());
  EXPECT_EQ(roster.departed().size(), 1U);
  EXPECT_EQ(paths(roster), (std::set<std::string>{"/b"}));
}

TEST(TreeScan, JoinsTheHierarchiesByPath) {
  const FakeCgroupTree unified{{"a", {}}, {"b", {}}};
  const FakeCgroupTree memory{{"a", {}}, {"c", {}}};
  CgroupRoster roster(admit_all);
  TreeScan scan({.shape = TopologyShape::kHybrid,
                 .hierarchies = {unified.hierarchy(CgroupVersion::kV2, {}),
                                 memory.hierarchy(CgroupVersion::kV1, {Controller::kMemory})},
                 .restricted = {}},
                kAlways);
  ASSERT_TRUE(scan.refresh(roster).has_value());
  EXPECT_EQ(paths(roster), (std::set<std::string>{"/a", "/b", "/c"}));
  for (const CgroupRoster::Entry& entry : roster.entries()) {
    EXPECT_EQ(entry.inodes[0] != 0, entry.path != "/c") << entry.path;
    EXPECT_EQ(entry.inodes[1] != 0, entry.path != "/b") << entry.path;
  }
}

// Scans rest for a while after each other: refreshes until `done`.
bool refresh_until(TreeScan& scan, CgroupRoster& roster, const std::function<bool()>& done) {
  for (int attempt = 0; attempt < 500; ++attempt) {
    if (!scan.refresh(roster)) return false;
    if (done()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(TreeScan, WithoutAChangeTheRosterIsLeftAlone) {
  const FakeCgroupTree tree{{"a", {}}};
  CgroupRoster roster(admit_all);
  TreeScan scan(unified_topology(tree), kSeldom);
  ASSERT_TRUE(scan.refresh(roster).has_value());
  ASSERT_TRUE(scan.is_watching());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_TRUE(scan.refresh(roster).has_value());
  EXPECT_EQ(roster.passes(), 1U);
}

TEST(TreeScan, AChangeIsFoundThoughNoScanIsDue) {
  FakeCgroupTree tree{{"a", {}}};
  CgroupRoster roster(admit_all);
  TreeScan scan(unified_topology(tree), kSeldom);
  ASSERT_TRUE(scan.refresh(roster).has_value());
  tree.add("b");
  EXPECT_TRUE(refresh_until(scan, roster, [&] {
    return paths(roster) == std::set<std::string>{"/a", "/b"};
  }));
  tree.add("b/c");
  EXPECT_TRUE(refresh_until(scan, roster, [&] { return paths(roster).contains("/b/c"); }))
      << "b is watched too";
  tree.remove("a");
  EXPECT_TRUE(refresh_until(scan, roster, [&] { return !paths(roster).contains("/a"); }));
  EXPECT_EQ(scan.missed(), 0U);
}

TEST(TreeScan, WhatCameAndWentIsCounted) {
  FakeCgroupTree tree{{"a", {}}};
  CgroupRoster roster(admit_all);
  TreeScan scan(unified_topology(tree), kSeldom);
  ASSERT_TRUE(scan.refresh(roster).has_value());
  tree.add("short");
  tree.remove("short");
  tree.add("long");
  EXPECT_TRUE(refresh_until(scan, roster, [&] { return paths(roster).contains("/long"); }));
  EXPECT_EQ(scan.missed(), 1U);
  tree.remove("long");
  EXPECT_TRUE(refresh_until(scan, roster, [&] { return !paths(roster).contains("/long"); }));
  EXPECT_EQ(scan.missed(), 1U) << "it was seen";
}

TEST(TreeScan, BeyondTheLimitNewCgroupsAreCountedAndKnownOnesKept) {
  FakeCgroupTree tree{{"m1", {}}, {"m2", {}}};
  CgroupRoster roster(admit_all);
  TreeScan scan(unified_topology(tree), {.rescan_interval_ns = 0, .max_cgroups = 2});
  ASSERT_TRUE(scan.refresh(roster).has_value());
  EXPECT_EQ(scan.over_limit(), 0U);

  for (const char* newcomer : {"a", "b", "x", "y", "z"}) tree.add(newcomer);
  ASSERT_TRUE(scan.refresh(roster).has_value());
  EXPECT_EQ(paths(roster), (std::set<std::string>{"/m1", "/m2"}));
  EXPECT_EQ(scan.over_limit(), 5U);
  EXPECT_EQ(scan.cgroups_seen(), 2U);

  tree.remove("m1");
  ASSERT_TRUE(scan.refresh(roster).has_value());
  ASSERT_TRUE(scan.refresh(roster).has_value());
  EXPECT_EQ(roster.size(), 2U) << "the free place is taken";
  EXPECT_EQ(scan.over_limit(), 4U);
}

TEST(TreeScan, DepthHasALimit) {
  const FakeCgroupTree tree{{"1/2/3/4", {}}};
  CgroupRoster roster(admit_all);
  TreeScan scan(unified_topology(tree), {.rescan_interval_ns = 0, .max_depth = 2});
  ASSERT_TRUE(scan.refresh(roster).has_value());
  EXPECT_EQ(paths(roster), (std::set<std::string>{"/1", "/1/2"}));
  EXPECT_EQ(scan.over_limit(), 1U);
}

TEST(TreeScan, AHierarchyThatCannotBeListedLosesNobody) {
  FakeCgroupTree tree{{"a", {}}};
  Topology topology = unified_topology(tree);
  CgroupRoster roster(admit_all);
  TreeScan first(topology, kAlways);
  ASSERT_TRUE(first.refresh(roster).has_value());

  topology.hierarchies[0].mount_point += "/nowhere";
  TreeScan broken(topology, kAlways);
  const auto result = broken.refresh(roster);
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, HasSubstr("/nowhere"));
  EXPECT_EQ(paths(roster), (std::set<std::string>{"/a"}));
}

}  // namespace
}  // namespace squid
