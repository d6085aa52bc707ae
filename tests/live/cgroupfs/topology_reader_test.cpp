// What only real mounts and namespaces can show: which mounts of a hierarchy are the whole of it.
#include "cgroupfs/topology_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>

#include "support/live_cgroup.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

using testing::HasSubstr;

// What a process made like one in a container sees: in a cgroup of its own, with a private cgroup namespace
// and mounts that nobody else sees. Returns what `look` says there.
std::string in_private_namespace(const LiveCgroup& cgroup, const std::function<std::string()>& look) {
  int channel[2];
  if (pipe(channel) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    cgroup.add(getpid());
    std::string text = "cannot unshare";
    if (unshare(CLONE_NEWCGROUP | CLONE_NEWNS) == 0 &&
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0)
      text = look();
    const ssize_t written = write(channel[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(channel[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t bytes = 0; (bytes = read(channel[0], buffer, sizeof(buffer))) > 0;)
    text.append(buffer, static_cast<std::size_t>(bytes));
  close(channel[0]);
  waitpid(child, nullptr, 0);
  return text;
}

std::string describe(const Result<Topology>& topology) {
  if (!topology) return "error: " + topology.error().message;
  if (topology->restricted) return "restricted: " + *topology->restricted;
  return "whole: " + topology->hierarchies.front().mount_point;
}

class LiveTopology : public testing::Test {
 protected:
  const Topology host_ = live_topology();
  const std::string unified_ = host_.hierarchies.at(0).mount_point;
  const LiveCgroup cgroup_{host_, "/squid-live-topology-" + std::to_string(getpid())};
  const TempDir directory_;
};

TEST_F(LiveTopology, APrivateNamespaceIsRecognised) {
  const std::string seen = in_private_namespace(cgroup_, [&]() -> std::string {
    if (mount("cgroup2", directory_.path().c_str(), "cgroup2", 0, nullptr) != 0) return std::strerror(errno);
    return describe(read_topology({.cgroup_root = directory_.path()}));
  });
  EXPECT_THAT(seen, HasSubstr("restricted: only the cgroups below our own are visible"));
}

TEST_F(LiveTopology, TheHostsTreeIsPreferredOverOurOwnPartOfIt) {
  const std::string hostcg = directory_.path() + "/hostcg";
  std::filesystem::create_directory(hostcg);
  const std::string seen = in_private_namespace(cgroup_, [&]() -> std::string {
    if (mount(unified_.c_str(), hostcg.c_str(), nullptr, MS_BIND, nullptr) != 0) return std::strerror(errno);
    // As in a container: what is mounted where the host's tree usually is shows our own cgroup only.
    if (mount(cgroup_.directory(0).c_str(), unified_.c_str(), nullptr, MS_BIND, nullptr) != 0)
      return std::strerror(errno);
    return describe(read_topology({.cgroup_root = hostcg})) + "\n" + describe(read_topology({}));
  });
  EXPECT_EQ(seen, "whole: " + hostcg + "\nwhole: " + hostcg);
}

TEST_F(LiveTopology, APartThatIsMountedAloneIsRecognised) {
  const std::string seen = in_private_namespace(cgroup_, [&]() -> std::string {
    if (mount(cgroup_.directory(0).c_str(), directory_.path().c_str(), nullptr, MS_BIND, nullptr) != 0)
      return std::strerror(errno);
    return describe(read_topology({.cgroup_root = directory_.path()}));
  });
  EXPECT_THAT(seen, HasSubstr("restricted: "));
}

TEST_F(LiveTopology, AgreesWithTheMountTable) {
  const auto topology = read_topology({});
  ASSERT_TRUE(topology.has_value()) << topology.error().message;
  ASSERT_EQ(topology->hierarchies.size(), host_.hierarchies.size());
  for (const Hierarchy& hierarchy : host_.hierarchies)
    for (const Controller controller : hierarchy.controllers) {
      ASSERT_TRUE(topology->find(controller).has_value());
      const Hierarchy& found = topology->hierarchies[*topology->find(controller)];
      EXPECT_EQ(found.mount_point, hierarchy.mount_point);
      EXPECT_EQ(found.kernel_id, hierarchy.kernel_id);
    }
}

}  // namespace
}  // namespace squid
