// What only real cgroups can show: descriptors of a cgroup that is removed, and inodes of the kernel.
#include "cgroupfs/files_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "cgroupfs/topology_reader.h"
#include "cgroupfs/tree_scan.h"
#include "support/live_cgroup.h"

namespace squid {
namespace {

class LiveFilesSource : public testing::Test {
 protected:
  static Topology read_host() {
    auto topology = read_topology({});
    EXPECT_TRUE(topology.has_value()) << topology.error().message;
    return topology ? *topology : Topology{};
  }

  void create() { cgroup_.emplace(topology_, path_); }

  const CgroupSample* collect() {
    EXPECT_TRUE(scan_.refresh(roster_).has_value());
    return collect_only();
  }
  // Without looking at the tree again.
  const CgroupSample* collect_only() {
    snapshot_.begin();
    EXPECT_TRUE(source_.collect(snapshot_).has_value());
    for (const CgroupSample& sample : snapshot_.samples)
      if (sample.id.valid()) return &sample;
    return nullptr;
  }

  Topology topology_ = read_host();
  const std::string path_ = "/squid-live-files-" + std::to_string(getpid());
  std::optional<LiveCgroup> cgroup_;
  CgroupRoster roster_{[this](std::string_view path, CgroupId) -> std::shared_ptr<const Container> {
    return path == path_ ? std::make_shared<const Container>() : nullptr;
  }};
  Snapshot snapshot_{roster_};
  TreeScan scan_{topology_, {.rescan_interval_ns = 0}};
  FilesSource source_{topology_, {.slow_interval_ns = 0}};
};

TEST_F(LiveFilesSource, EveryControllerOfThisHostSuppliesItsGroup) {
  create();
  const CgroupSample* sample = collect();
  ASSERT_NE(sample, nullptr);
  EXPECT_EQ(sample->cpu_total_ns, Reading{0});
  EXPECT_TRUE(sample->cpu_user_ns.has_value());
  EXPECT_EQ(sample->memory_usage_bytes.has_value(), topology_.find(Controller::kMemory).has_value());
  EXPECT_EQ(sample->memory_anon_bytes.has_value(), topology_.find(Controller::kMemory).has_value());
  EXPECT_EQ(sample->memory_event_oom_kill.has_value(), topology_.find(Controller::kMemory).has_value());
  EXPECT_EQ(sample->pids_current.has_value(), topology_.find(Controller::kPids).has_value());
  EXPECT_FALSE(sample->memory_limit_bytes.has_value()) << "it has none";
  EXPECT_EQ(source_.errors(), 0U) << source_.last_error().message;
}

TEST_F(LiveFilesSource, ARemovedCgroupCostsItsDescriptorsAndNothingElse) {
  create();
  ASSERT_NE(collect(), nullptr);
  EXPECT_GT(source_.open_files(), 3U);

  cgroup_.reset();
  const CgroupSample* sample = collect_only();
  ASSERT_NE(sample, nullptr) << "nobody has told the roster yet";
  EXPECT_FALSE(sample->cpu_total_ns.has_value());
  EXPECT_FALSE(sample->memory_usage_bytes.has_value());
  EXPECT_EQ(source_.open_files(), 0U);
  EXPECT_EQ(source_.errors(), 0U) << source_.last_error().message;
  EXPECT_EQ(collect(), nullptr);
}

TEST_F(LiveFilesSource, ARestartBetweenTwoPassesIsAnotherLife) {
  create();
  const CgroupSample* sample = collect();
  ASSERT_NE(sample, nullptr);
  const CgroupId first = sample->id;

  cgroup_.reset();
  create();
  sample = collect();
  ASSERT_NE(sample, nullptr);
  EXPECT_NE(sample->id, first);
  EXPECT_EQ(sample->cpu_total_ns, Reading{0});
  EXPECT_EQ(roster_.size(), 1U);
  for (std::size_t i = 0; i < topology_.hierarchies.size(); ++i)
    for (const CgroupRoster::Entry& entry : roster_.entries())
      EXPECT_TRUE(!entry.id.valid() || entry.inodes[i] == cgroup_->inode(static_cast<HierarchyIndex>(i)));
}

}  // namespace
}  // namespace squid
