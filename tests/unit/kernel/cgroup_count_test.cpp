#include "kernel/cgroup_count.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(CgroupCountTest, IsThatOfTheDescendantsAndTheRoot) {
  EXPECT_EQ(count_in_cgroup_stat("nr_descendants 41\nnr_subsys_cpuset 1\nnr_dying_descendants 3\n"), 42);
  EXPECT_EQ(count_in_cgroup_stat("nr_dying_descendants 3\nnr_descendants 0\n"), 1);
  EXPECT_EQ(count_in_cgroup_stat(""), 0);
  EXPECT_EQ(count_in_cgroup_stat("nr_descendants many\n"), 0);
}

TEST(CgroupCountTest, IsThatOfAnyControllerOfAHierarchy) {
  constexpr std::string_view kText =
      "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
      "cpuset\t2\t7\t1\n"
      "cpu\t3\t1004\t1\n"
      "cpuacct\t3\t1004\t1\n"
      "broken\n"
      "memory\t0\t1\t0\n";
  EXPECT_EQ(count_in_proc_cgroups(kText, 3), 1004);
  EXPECT_EQ(count_in_proc_cgroups(kText, 2), 7);
  EXPECT_EQ(count_in_proc_cgroups(kText, 4), 0);
  EXPECT_EQ(count_in_proc_cgroups("", 3), 0);
}

}  // namespace
}  // namespace squid
