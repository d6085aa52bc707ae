// Paths of real cgroups, by the numbers that the kernel gives them.
#include "kernel/cgroup_paths.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/live_cgroup.h"

namespace squid {
namespace {

// One below the other, until no path can hold their names.
class DeepCgroups {
 public:
  explicit DeepCgroups(const std::string& directory) {
    descriptors_.push_back(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (int depth = 0; depth < 20; ++depth) {
      if (mkdirat(descriptors_.back(), kName.c_str(), 0755) != 0) break;
      descriptors_.push_back(openat(descriptors_.back(), kName.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
  }
  ~DeepCgroups() {
    while (descriptors_.size() > 1) {
      close(descriptors_.back());
      descriptors_.pop_back();
      unlinkat(descriptors_.back(), kName.c_str(), AT_REMOVEDIR);
    }
    close(descriptors_.back());
  }
  DeepCgroups(const DeepCgroups&) = delete;
  DeepCgroups& operator=(const DeepCgroups&) = delete;

  std::uint64_t deepest() const {
    struct stat status {};
    return fstat(descriptors_.back(), &status) == 0 ? status.st_ino : 0;
  }
  std::size_t depth() const { return descriptors_.size() - 1; }

 private:
  const std::string kName = std::string(250, 'x');
  std::vector<int> descriptors_;
};

class CgroupPathsLive : public testing::Test {
 protected:
  std::optional<std::string> find(std::uint64_t inode) {
    auto paths = CgroupPaths::open(topology_.hierarchies[0].mount_point);
    return paths ? paths->find(inode) : std::nullopt;
  }

  const Topology topology_ = live_topology();
  const std::string path_ = "/squid-live-" + std::to_string(getpid());
};

TEST_F(CgroupPathsLive, WhatIsThereHasItsPathAndWhatIsGoneHasNone) {
  std::optional<LiveCgroup> cgroup(std::in_place, topology_, path_);
  const std::uint64_t inode = cgroup->inode(0);
  EXPECT_EQ(find(inode), path_);
  cgroup.reset();
  EXPECT_EQ(find(inode), std::nullopt);
}

TEST_F(CgroupPathsLive, ANameLikeThatOfARemovedOneIsAName) {
  const LiveCgroup cgroup(topology_, path_ + " (deleted)");
  EXPECT_EQ(find(cgroup.inode(0)), path_ + " (deleted)");
}

TEST_F(CgroupPathsLive, WhatLiesTooDeepIsNotMissing) {
  const LiveCgroup cgroup(topology_, path_);
  const DeepCgroups deep(cgroup.directory(0));
  ASSERT_EQ(deep.depth(), 20U);
  EXPECT_EQ(find(deep.deepest()), "/?" + std::to_string(deep.deepest()));
}

}  // namespace
}  // namespace squid
