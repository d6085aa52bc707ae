#include "resolvers/may_name.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/fake_host.h"
#include "support/identity_case.h"

namespace squid {
namespace {

TEST(UserOfPath, InTheSliceOfAUser) {
  EXPECT_EQ(user_of_path(kUser + "/user.slice/libpod-" + kId + ".scope"), "1000");
  EXPECT_EQ(user_of_path("user.slice/user-7.slice"), "7");
  for (const std::string path : {"", "/", "/machine.slice/libpod-x.scope", "/user.slice",
                                 "/user.slice/user-x.slice/a", "/x/user.slice/user-1.slice/a"})
    EXPECT_EQ(user_of_path(path), "") << path;
}

// The owner of the files of a test is whoever runs it.
TEST(MayName, TheUserHimselfOrWhoeverStandsBesideTheContainer) {
  FakeHost host;
  host.add_process(5, "conmon", {"conmon"});
  const std::string process = host.root() + "/proc/5";
  const auto in_cgroup = [&](const std::string& path) { host.write("/proc/5/cgroup", "0::" + path + "\n"); };
  const std::string me = "/user.slice/user-" + std::to_string(geteuid()) + ".slice/libpod-" + kId + ".scope";

  in_cgroup("/docker/" + kOther);
  EXPECT_TRUE(may_name(process, me));
  EXPECT_FALSE(may_name(process, "/machine.slice/libpod-" + kId + ".scope")) << "it is in another container";
  EXPECT_FALSE(may_name(process, "/user.slice/user-4711.slice/libpod-" + kId + ".scope"));
  EXPECT_TRUE(may_name(process, "/docker/" + kOther + "/docker/" + kId)) << "it is in there itself";
  in_cgroup("/docker/" + kOther + "/init");
  EXPECT_TRUE(may_name(process, "/docker/" + kOther + "/docker/" + kId));
  EXPECT_FALSE(may_name(process, "/system.slice/docker-" + kId + ".scope"));
  in_cgroup("/machine.slice/libpod-conmon-" + kId + ".scope");
  EXPECT_TRUE(may_name(process, "/machine.slice/libpod-" + kId + ".scope"));
  EXPECT_EQ(may_name(process, "/other.slice/libpod-" + kId + ".scope"), geteuid() == 0) << "root may";
  EXPECT_FALSE(may_name(host.root() + "/proc/6", me)) << "it has ended";
}

}  // namespace
}  // namespace squid
