// Network namespaces of processes that really are in them, next to what they read in there themselves.
#include "interfaces/host_namespaces.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "support/live_cgroup.h"
#include "support/workload.h"

namespace squid {
namespace {

void enter_new_network() {
  if (unshare(CLONE_NEWNET) != 0) _exit(1);
}

void run(const std::string& command) {
  // NOLINTNEXTLINE(cert-env33-c): a test that sets up a network
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

// What a process in the namespace reads about one of its interfaces.
std::map<std::string, std::uint64_t> inside(pid_t process, const std::string& interface) {
  std::ifstream file("/proc/" + std::to_string(process) + "/net/dev");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name != interface + ":") continue;
    std::map<std::string, std::uint64_t> numbers;
    for (const char* key : {"rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "fifo", "frame",
                            "compressed", "multicast", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped"})
      words >> numbers[key];
    return numbers;
  }
  throw std::runtime_error(interface + " is not in the namespace");
}

class HostNamespacesLive : public testing::Test {
 protected:
  HostNamespacesLive() : namespaces(open_namespaces(topology)) {}

  static std::unique_ptr<NetworkNamespaces> open_namespaces(const Topology& topology) {
    auto opened = HostNamespaces::open(topology);
    if (!opened) throw std::runtime_error(opened.error().message);
    return *std::move(opened);
  }
  CgroupRoster::Entry entry(const LiveCgroup& of) const {
    CgroupRoster::Entry entry;
    entry.path = of.path();
    for (HierarchyIndex i = 0; i < topology.hierarchies.size(); ++i) entry.inodes[i] = of.inode(i);
    return entry;
  }
  // A pair of interfaces, one end here and one, eth0, with the process; both with an address.
  void connect(pid_t process) const {
    const std::string there = "nsenter --net=/proc/" + std::to_string(process) + "/ns/net ";
    run("ip link add " + interface + " type veth peer name eth0 netns " + std::to_string(process));
    run("ip address add 10.213.7.1/30 dev " + interface + " && ip link set " + interface + " up");
    run(there + "ip address add 10.213.7.2/30 dev eth0");
    run(there + "ip link set eth0 up && " + there + "ip link set lo up");
  }

  const Topology topology = live_topology();
  const LiveCgroup cgroup{topology, "/squid-live-" + std::to_string(getpid())};
  const std::string interface = "sq" + std::to_string(getpid());
  const std::unique_ptr<NetworkNamespaces> namespaces;
};

TEST_F(HostNamespacesLive, TellsWhatTheNamespaceTellsItself) {
  const Workload container(cgroup, enter_new_network);
  ASSERT_TRUE(container.alive());
  connect(container.pid());
  run("busybox ping -q -c 20 -i 0.01 -s 1000 10.213.7.2 > /dev/null");
  const auto found = namespaces->find(entry(cgroup), {});
  ASSERT_TRUE(found);
  const auto got = namespaces->read(*found);
  ASSERT_TRUE(got);
  auto truth = inside(container.pid(), "eth0");
  EXPECT_GE(got->rx_bytes, 20U * (1000 + 8 + 20 + 14));
  EXPECT_EQ(got->rx_bytes, truth["rx_bytes"]);
  EXPECT_EQ(got->rx_packets, truth["rx_packets"]);
  EXPECT_EQ(got->rx_errors, truth["rx_errors"]);
  EXPECT_EQ(got->rx_dropped, truth["rx_dropped"]);
  EXPECT_EQ(got->tx_bytes, truth["tx_bytes"]);
  EXPECT_EQ(got->tx_packets, truth["tx_packets"]);
  EXPECT_EQ(got->tx_errors, truth["tx_errors"]);
  EXPECT_EQ(got->tx_dropped, truth["tx_dropped"]);
}

TEST_F(HostNamespacesLive, WhatStaysInsideIsLeftOut) {
  const Workload container(cgroup, enter_new_network);
  ASSERT_TRUE(container.alive());
  run("nsenter --net=/proc/" + std::to_string(container.pid()) +
      "/ns/net sh -c 'ip link set lo up && busybox ping -q -c 3 -i 0.01 127.0.0.1' > /dev/null");
  const auto found = namespaces->find(entry(cgroup), {});
  ASSERT_TRUE(found);
  EXPECT_EQ(namespaces->read(*found), InterfaceCounters{});
}

TEST_F(HostNamespacesLive, TheHostsOwnNetworkIsNoContainers) {
  const Workload container(cgroup, [] {});
  EXPECT_FALSE(namespaces->find(entry(cgroup), {}));
}

TEST_F(HostNamespacesLive, ACgroupWithoutAProcessIsInNoNetwork) {
  EXPECT_FALSE(namespaces->find(entry(cgroup), {}));
}

TEST_F(HostNamespacesLive, TwoOfOneNamespaceAreInTheSame) {
  const LiveCgroup other(topology, cgroup.path() + "-other");
  const Workload first(cgroup, enter_new_network);
  const Workload second(other, [&] {
    const std::string there = "/proc/" + std::to_string(first.pid()) + "/ns/net";
    if (setns(open(there.c_str(), O_RDONLY | O_CLOEXEC), CLONE_NEWNET) != 0) _exit(1);
  });
  ASSERT_TRUE(first.alive() && second.alive());
  ASSERT_TRUE(namespaces->find(entry(cgroup), {}));
  EXPECT_EQ(namespaces->find(entry(cgroup), {}), namespaces->find(entry(other), {}));
}

TEST_F(HostNamespacesLive, AProcessBelowTheCgroupSpeaksForIt) {
  const LiveCgroup below(topology, cgroup.path() + "/init.scope");
  const Workload container(below, enter_new_network);
  ASSERT_TRUE(container.alive());
  EXPECT_TRUE(namespaces->find(entry(cgroup), {}));
}

TEST_F(HostNamespacesLive, NothingKeepsANamespaceAlive) {
  std::optional<NetworkNamespace> found;
  {
    const Workload container(cgroup, enter_new_network);
    found = namespaces->find(entry(cgroup), {});
    ASSERT_TRUE(found);
    ASSERT_TRUE(namespaces->read(*found));
  }
  // The kernel takes it down on a thread of its own.
  for (int attempt = 0; namespaces->read(*found) && attempt < 500; ++attempt) usleep(10'000);
  EXPECT_FALSE(namespaces->read(*found));
}

TEST_F(HostNamespacesLive, AnInterfaceThatComesOrGoesIsAChange) {
  const Workload process(cgroup, enter_new_network);
  ASSERT_TRUE(process.alive());
  ASSERT_TRUE(namespaces->find(entry(cgroup), {}));
  const std::string there = "nsenter --net=/proc/" + std::to_string(process.pid()) + "/ns/net ";
  const auto changes_by = [&](const std::string& command) {
    // Others may be at it, but not all the time.
    for (int tries = 0; tries < 50; ++tries) {
      const std::uint64_t before = namespaces->changes();
      usleep(20'000);
      if (namespaces->changes() == before) break;
      EXPECT_LT(tries, 49) << "there is always a change";
    }
    const std::uint64_t before = namespaces->changes();
    run(command);
    return namespaces->changes() != before;
  };
  EXPECT_TRUE(changes_by("ip link add " + interface + " type veth peer name eth0 netns " +
                         std::to_string(process.pid())));
  EXPECT_TRUE(changes_by(there + "ip link set eth0 up"));
  EXPECT_TRUE(changes_by("ip link delete " + interface));
  EXPECT_TRUE(changes_by(there + "ip link set lo up"));
  // More than the kernel keeps for us.
  EXPECT_TRUE(changes_by("for i in $(seq 20); do ip link add " + interface +
                         " type veth peer name eth0 netns " + std::to_string(process.pid()) +
                         " && ip link delete " + interface + "; done"));
}

}  // namespace
}  // namespace squid
