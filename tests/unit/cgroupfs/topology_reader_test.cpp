#include "cgroupfs/topology_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace squid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum Controller;

CgroupMount v1(std::string mount_point, std::vector<std::string> controllers, bool whole = true) {
  return {.version = CgroupVersion::kV1,
          .mount_point = std::move(mount_point),
          .root = whole ? "/" : "/docker/abc",
          .device = "0:30",
          .controllers = std::move(controllers),
          .whole = whole};
}

CgroupMount v2(std::string mount_point, std::vector<std::string> controllers, bool whole = true) {
  return {.version = CgroupVersion::kV2,
          .mount_point = std::move(mount_point),
          .root = "/",
          .device = "0:29",
          .controllers = std::move(controllers),
          .whole = whole};
}

const std::vector<KernelController> kHybridKernel{{"cpu", 1},   {"cpuacct", 2}, {"memory", 4},
                                                  {"blkio", 7}, {"pids", 8},    {"hugetlb", 0}};
const std::vector<KernelController> kUnifiedKernel{{"cpu", 0}, {"cpuacct", 0}, {"memory", 0}, {"pids", 0}};

Topology topology_of(const std::vector<CgroupMount>& mounts, const std::vector<KernelController>& kernel,
                     std::string_view root = {}) {
  auto topology = compute_topology(mounts, kernel, root);
  EXPECT_TRUE(topology.has_value()) << topology.error().message;
  return topology ? *topology : Topology{};
}

TEST(ParseMountinfo, TakesCgroupMountsOnly) {
  const auto mounts = parse_mountinfo(
      "22 28 0:20 / /proc rw,nosuid - proc proc rw\n"
      "31 23 0:27 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755\n"
      "32 31 0:29 / /sys/fs/cgroup/unified rw,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate\n"
      "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:11 master:2 - cgroup cgroup "
      "rw,cpu,cpuacct\n");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].version, CgroupVersion::kV2);
  EXPECT_EQ(mounts[0].mount_point, "/sys/fs/cgroup/unified");
  EXPECT_EQ(mounts[0].device, "0:29");
  EXPECT_EQ(mounts[1].version, CgroupVersion::kV1);
  EXPECT_THAT(mounts[1].controllers, ElementsAre("rw", "cpu", "cpuacct"));
  EXPECT_TRUE(mounts[1].whole);
}

TEST(ParseMountinfo, UnderstandsEscapesAndPartialMounts) {
  const auto mounts =
      parse_mountinfo("40 31 0:33 /docker/abc /mnt/my\\040cgroups\\134x rw - cgroup cgroup rw,memory\n");
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].mount_point, "/mnt/my cgroups\\x");
  EXPECT_EQ(mounts[0].root, "/docker/abc");
  EXPECT_FALSE(mounts[0].whole);
}

TEST(ParseMountinfo, PassesOverBrokenLines) {
  EXPECT_THAT(parse_mountinfo(""), IsEmpty());
  EXPECT_THAT(parse_mountinfo("\n\n - cgroup2\n32 31 0:29 / /sys/fs/cgroup rw - \n1 2 3"), IsEmpty());
  EXPECT_THAT(parse_mountinfo("32 31 0:29 / /a\\04 rw - cgroup2 c rw")[0].mount_point, "/a\\04");
}

TEST(ComputeTopology, PureV2) {
  const Topology topology =
      topology_of({v2("/sys/fs/cgroup", {"cpuset", "cpu", "io", "memory", "pids"})}, kUnifiedKernel);
  EXPECT_EQ(topology.shape, TopologyShape::kUnified);
  ASSERT_EQ(topology.hierarchies.size(), 1U);
  EXPECT_THAT(topology.hierarchies[0].controllers, ElementsAre(kCpu, kCpuacct, kMemory, kPids, kIo));
  EXPECT_FALSE(topology.restricted.has_value());
}

TEST(ComputeTopology, V2CountsCpuTimeWithoutAnyController) {
  const Topology topology = topology_of({v2("/sys/fs/cgroup", {"memory"})}, kUnifiedKernel);
  EXPECT_EQ(topology.find(kCpuacct), 0);
  EXPECT_EQ(topology.find(kCpu), std::nullopt);
}

TEST(ComputeTopology, PureV1WithCpuMountedTogether) {
  const Topology topology = topology_of(
      {v1("/sys/fs/cgroup/cpu,cpuacct", {"rw", "cpu", "cpuacct"}),
       v1("/sys/fs/cgroup/memory", {"rw", "memory"}),
       v1("/sys/fs/cgroup/systemd", {"rw", "xattr", "name=systemd"}), v1("/sys/fs/cgroup/pids", {"pids"})},
      {{"cpu", 3}, {"cpuacct", 3}, {"memory", 9}, {"pids", 5}});
  EXPECT_EQ(topology.shape, TopologyShape::kLegacy);
  EXPECT_EQ(topology.unified(), std::nullopt);
  ASSERT_EQ(topology.hierarchies.size(), 3U);
  EXPECT_EQ(topology.find(kCpu), topology.find(kCpuacct));
  EXPECT_EQ(topology.hierarchies[*topology.find(kCpu)].kernel_id, 3U);
  EXPECT_EQ(topology.hierarchies[*topology.find(kMemory)].kernel_id, 9U);
  EXPECT_EQ(topology.hierarchies[*topology.find(kMemory)].mount_point, "/sys/fs/cgroup/memory");
}

TEST(ComputeTopology, HybridIsDecidedPerController) {
  const Topology topology = topology_of({v1("/c/cpu", {"cpu"}), v1("/c/cpuacct", {"cpuacct"}),
                                         v2("/c/unified", {"memory", "hugetlb"}), v1("/c/pids", {"pids"})},
                                        {{"cpu", 1}, {"cpuacct", 2}, {"memory", 0}, {"pids", 8}});
  EXPECT_EQ(topology.shape, TopologyShape::kHybrid);
  EXPECT_EQ(topology.unified(), 0);
  EXPECT_EQ(topology.find(kMemory), 0);
  EXPECT_EQ(topology.hierarchies[0].mount_point, "/c/unified");
  EXPECT_EQ(topology.hierarchies[*topology.find(kCpu)].mount_point, "/c/cpu");
  EXPECT_EQ(topology.hierarchies[*topology.find(kCpuacct)].mount_point, "/c/cpuacct");
  EXPECT_THAT(topology.hierarchies[0].controllers, ElementsAre(kMemory)) << "cpuacct belongs to v1 here";
}

TEST(ComputeTopology, NamedV1HierarchiesDoNotMakeAHostHybrid) {
  const Topology topology = topology_of(
      {v2("/sys/fs/cgroup", {"cpu", "memory"}), v1("/sys/fs/cgroup/systemd", {"rw", "name=systemd"})},
      kUnifiedKernel);
  EXPECT_EQ(topology.shape, TopologyShape::kUnified);
  EXPECT_EQ(topology.hierarchies.size(), 1U);
}

TEST(ComputeTopology, PrefersTheWholeHierarchyWhereverItIsMounted) {
  const Topology topology =
      topology_of({v2("/sys/fs/cgroup", {"cpu"}, false), v2("/hostcg", {"cpu", "memory"})}, kUnifiedKernel);
  ASSERT_EQ(topology.hierarchies.size(), 1U);
  EXPECT_EQ(topology.hierarchies[0].mount_point, "/hostcg");
  EXPECT_FALSE(topology.restricted.has_value());
}

TEST(ComputeTopology, LeavesOutPartsBesideAWholeHierarchy) {
  const Topology topology = topology_of(
      {v1("/sys/fs/cgroup/memory", {"memory"}, false), v2("/hostcg/unified", {"hugetlb"})}, {{"memory", 4}});
  EXPECT_EQ(topology.hierarchies.size(), 1U);
  EXPECT_EQ(topology.find(kMemory), std::nullopt);
  EXPECT_FALSE(topology.restricted.has_value());
}

TEST(ComputeTopology, SaysThatAPrivateNamespaceHidesTheRest) {
  const Topology topology = topology_of({v2("/sys/fs/cgroup", {"cpu"}, false)}, kUnifiedKernel);
  EXPECT_EQ(topology.hierarchies.size(), 1U);
  ASSERT_TRUE(topology.restricted.has_value());
  EXPECT_THAT(*topology.restricted, HasSubstr("private cgroup namespace"));
  EXPECT_THAT(*topology.restricted, HasSubstr("--cgroupns=host"));
}

TEST(ComputeTopology, CgroupRootLimitsTheMounts) {
  const std::vector<CgroupMount> mounts{v1("/sys/fs/cgroup/memory", {"memory"}),
                                        v1("/hostcg/memory", {"memory"}), v1("/hostcgroups/pids", {"pids"})};
  const Topology topology = topology_of(mounts, kHybridKernel, "/hostcg/");
  ASSERT_EQ(topology.hierarchies.size(), 1U);
  EXPECT_EQ(topology.hierarchies[0].mount_point, "/hostcg/memory");

  const auto nowhere = compute_topology(mounts, kHybridKernel, "/nowhere");
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_THAT(nowhere.error().message, HasSubstr("/nowhere"));
}

TEST(ComputeTopology, NoCgroupMountIsAnErrorThatSaysWhatToDo) {
  const auto topology = compute_topology({}, kHybridKernel);
  ASSERT_FALSE(topology.has_value());
  EXPECT_THAT(topology.error().message, HasSubstr("mount -t cgroup2"));
}

TEST(ComputeTopology, AControllerHasOneHomeWhateverTheTableSays) {
  std::vector<CgroupMount> mounts{v2("/u", {"cpu"})};
  for (const char* set : {"cpu", "memory", "pids", "blkio", "cpuacct"}) {
    mounts.push_back(v1(std::string("/a/") + set, {set}));
    mounts.push_back(v1(std::string("/b/") + set, {set, "cpu", "memory"}));
  }
  const Topology topology = topology_of(mounts, kHybridKernel);
  EXPECT_LE(topology.hierarchies.size(), kMaxHierarchies);
  EXPECT_EQ(topology.hierarchies[*topology.find(kCpu)].mount_point, "/a/cpu");
}

TEST(ReadTopology, ReadsThisHost) {
  const auto topology = read_topology({});
  ASSERT_TRUE(topology.has_value()) << topology.error().message;
  EXPECT_FALSE(topology->hierarchies.empty());
}

TEST(ReadTopology, AMountThatIsNotThereIsNotUsed) {
  const TempDir directory;
  const std::string mountinfo = directory.path() + "/mountinfo";
  std::ofstream(mountinfo) << "32 31 0:999 / " << directory.path() << " rw - cgroup2 cgroup2 rw\n";
  EXPECT_FALSE(read_topology({.mountinfo = mountinfo, .cgroup_root = {}}).has_value());
}

TEST(ReadTopology, NamesTheFileThatItCannotRead) {
  const auto topology = read_topology({.mountinfo = "/nonexistent/mountinfo", .cgroup_root = {}});
  ASSERT_FALSE(topology.has_value());
  EXPECT_THAT(topology.error().message, HasSubstr("/nonexistent/mountinfo"));
}

}  // namespace
}  // namespace squid
