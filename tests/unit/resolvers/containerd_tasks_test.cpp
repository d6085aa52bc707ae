#include "resolvers/containerd_tasks.h"

#include <gtest/gtest.h>

#include "support/fake_host.h"

namespace squid {
namespace {

const std::string kTasks = "/srv/state/io.containerd.runtime.v2.task";

TEST(ParseBundlePath, TellsWhereAllBundlesAre) {
  EXPECT_EQ(parse_bundle_path(kTasks + "/k8s.io/web"), kTasks);
  for (const std::string& path :
       {std::string(), std::string("/"), kTasks, kTasks + "/k8s.io", kTasks + "/k8s.io/web/rootfs",
        std::string("/home/user"), "." + kTasks + "/a/b"})
    EXPECT_FALSE(parse_bundle_path(path).has_value()) << path;
}

TEST(FindTaskRoots, EachOnceWhateverTheNumberOfShims) {
  FakeHost host;
  for (const int pid : {7, 8, 9, 10}) {
    const std::string process = "/proc/" + std::to_string(pid);
    host.add_process(pid, pid == 10 ? "bash" : "containerd-shim", {"containerd-shim-runc-v2"});
    host.remove(process + "/cwd");
    host.link(process + "/cwd", pid == 9 ? "/" : kTasks + "/k8s.io/web");
  }
  host.write("/proc/7/root" + kTasks + "/k8s.io/web/config.json", "{}");
  host.remove("/proc/8/root");
  std::filesystem::create_directory_symlink("../7/root", host.root() + "/proc/8/root");
  const auto roots = find_task_roots(host.root());
  ASSERT_EQ(roots.size(), 1U);
  EXPECT_EQ(roots.front().path, kTasks);
  EXPECT_EQ(roots.front().file_system.substr(host.root().size(), 6), "/proc/");
}

TEST(FindTaskRoots, OnTheHostItselfWhereTheyAreTheSame) {
  FakeHost host;
  host.write(kTasks + "/k8s.io/web/config.json", "{}");
  host.add_process(7, "containerd-shim", {"containerd-shim-runc-v2"});
  for (const std::string what : {"/root", "/cwd"}) host.remove("/proc/7" + what);
  host.link("/proc/7/root", host.root());
  host.link("/proc/7/cwd", kTasks + "/k8s.io/web");
  EXPECT_EQ(find_task_roots(host.root()), (std::vector<TaskRoot>{{host.root(), kTasks}}));
}

TEST(ParseState, TakesWhatContainerdTakes) {
  EXPECT_EQ(parse_state("version = 2\nroot = \"/srv/root\"\nstate = \"/srv/state\"\n[grpc]\n"), "/srv/state");
  EXPECT_EQ(parse_state("\t state='/srv/state' # moved\r\n"), "/srv/state");
  EXPECT_EQ(parse_state("imports = [\n  \"/etc/more.toml\",\n]\nstate = \"/srv/state\""), "/srv/state");
}

TEST(ParseState, OfAnythingElseNothing) {
  for (const std::string config : {"", "=", "state", "state =", "state = 1", "# state = \"/srv/state\"",
                                   "states = \"/srv/state\"", "state = \"srv/state\"", "state = \"\"",
                                   "state = \"/srv/\\u0041\"", "[plugins]\nstate = \"/srv/state\""})
    EXPECT_EQ(parse_state(config), "") << config;
}

TEST(KnownTaskRoots, AreToldByConfigurationsToo) {
  FakeHost host;
  const std::size_t without = known_task_roots(host.root()).size();
  host.write("/etc/containerd/config.toml", "state = \"/srv/state\"");
  host.write("/var/lib/rancher/k3s/agent/etc/containerd/config.toml", "state = \"/run/k3s/containerd\"");
  const auto roots = known_task_roots(host.root());
  ASSERT_EQ(roots.size(), without + 1) << "each once";
  EXPECT_EQ(roots.back(), (TaskRoot{host.root(), kTasks}));
}

TEST(KnownTaskRoots, AreThoseOfTheDistributions) {
  for (const TaskRoot& root : known_task_roots("/host")) {
    EXPECT_EQ(root.file_system, "/host");
    EXPECT_TRUE(root.path.ends_with("/io.containerd.runtime.v2.task"));
  }
}

}  // namespace
}  // namespace squid
