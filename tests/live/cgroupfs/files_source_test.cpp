// What only real cgroups can show: descriptors of a cgroup that is removed, and inodes of the kernel.
#include "cgroupfs/files_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cgroupfs/topology_reader.h"
#include "cgroupfs/tree_scan.h"

namespace squid {
namespace {

// One cgroup with the same path in every hierarchy, gone at the end of the test.
class RealCgroup {
 public:
  explicit RealCgroup(const Topology& topology)
      : topology_(topology), path_("/squid-live-files-" + std::to_string(getpid())) {}
  ~RealCgroup() { remove(); }
  RealCgroup(const RealCgroup&) = delete;
  RealCgroup& operator=(const RealCgroup&) = delete;

  void create() const {
    for (const Hierarchy& hierarchy : topology_.hierarchies)
      ASSERT_EQ(mkdir((hierarchy.mount_point + path_).c_str(), 0755), 0) << strerror(errno);
  }
  void remove() const {
    for (const Hierarchy& hierarchy : topology_.hierarchies)
      EXPECT_TRUE(rmdir((hierarchy.mount_point + path_).c_str()) == 0 || errno == ENOENT) << strerror(errno);
  }
  const std::string& path() const { return path_; }

 private:
  const Topology& topology_;
  std::string path_;
};

class LiveFilesSource : public testing::Test {
 protected:
  static Topology read_host() {
    auto topology = read_topology({});
    EXPECT_TRUE(topology.has_value()) << topology.error().message;
    return topology ? *topology : Topology{};
  }

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
  RealCgroup cgroup_{topology_};
  CgroupRoster roster_{[this](std::string_view path) -> std::shared_ptr<const Container> {
    return path == cgroup_.path() ? std::make_shared<const Container>() : nullptr;
  }};
  Snapshot snapshot_{roster_};
  TreeScan scan_{topology_, {.rescan_interval_ns = 0}};
  FilesSource source_{topology_, {.slow_interval_ns = 0}};
};

TEST_F(LiveFilesSource, EveryControllerOfThisHostSuppliesItsGroup) {
  cgroup_.create();
  const CgroupSample* sample = collect();
  ASSERT_NE(sample, nullptr);
  EXPECT_EQ(sample->cpu_total_ns, Reading{0});
  EXPECT_TRUE(sample->cpu_user_ns.has_value());
  EXPECT_EQ(sample->memory_usage_bytes.has_value(), topology_.find(Controller::kMemory).has_value());
  EXPECT_EQ(sample->memory_anon_bytes.has_value(), topology_.find(Controller::kMemory).has_value());
  EXPECT_EQ(sample->memory_event_oom_kill.has_value(), topology_.find(Controller::kMemory).has_value());
  EXPECT_EQ(sample->pids_current.has_value(), topology_.find(Controller::kPids).has_value());
  EXPECT_FALSE(sample->memory_limit_bytes.has_value()) << "it has none";
  EXPECT_EQ(source_.errors(), 0U) << source_.last_error();
}

TEST_F(LiveFilesSource, ARemovedCgroupCostsItsDescriptorsAndNothingElse) {
  cgroup_.create();
  ASSERT_NE(collect(), nullptr);
  EXPECT_GT(source_.open_files(), 3U);

  cgroup_.remove();
  const CgroupSample* sample = collect_only();
  ASSERT_NE(sample, nullptr) << "nobody has told the roster yet";
  EXPECT_FALSE(sample->cpu_total_ns.has_value());
  EXPECT_FALSE(sample->memory_usage_bytes.has_value());
  EXPECT_EQ(source_.open_files(), 0U);
  EXPECT_EQ(source_.errors(), 0U) << source_.last_error();
  EXPECT_EQ(collect(), nullptr);
}

TEST_F(LiveFilesSource, ARestartBetweenTwoPassesIsAnotherLife) {
  cgroup_.create();
  const CgroupSample* sample = collect();
  ASSERT_NE(sample, nullptr);
  const CgroupId first = sample->id;

  cgroup_.remove();
  cgroup_.create();
  sample = collect();
  ASSERT_NE(sample, nullptr);
  EXPECT_NE(sample->id, first);
  EXPECT_EQ(sample->cpu_total_ns, Reading{0});
  EXPECT_EQ(roster_.size(), 1U);
  for (std::size_t i = 0; i < topology_.hierarchies.size(); ++i) {
    struct stat status {};
    ASSERT_EQ(stat((topology_.hierarchies[i].mount_point + cgroup_.path()).c_str(), &status), 0);
    for (const CgroupRoster::Entry& entry : roster_.entries())
      EXPECT_TRUE(!entry.id.valid() || entry.inodes[i] == status.st_ino);
  }
}

}  // namespace
}  // namespace squid
