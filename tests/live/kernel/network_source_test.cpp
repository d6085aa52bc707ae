// What sockets sent and received, against what the processes know they did. A packet is counted with its IP
// header, so that datagrams are exact by arithmetic, and so is TCP, whose segments all have the same header
// except for the first one of each side.
#include "kernel/network_source.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/bpf_rig.h"
#include "support/live_cgroup.h"
#include "support/loopback.h"
#include "support/workload.h"

namespace squid {
namespace {

constexpr std::uint64_t kUdpHeader = 8;
constexpr std::uint64_t kTcpHeader = 32;  // with time stamps, as every Linux has them
constexpr std::uint64_t kSynExtra = 8;    // more options in the first segment
constexpr std::uint64_t kLargestSegment = 65536;
constexpr std::size_t kMiB = 1 << 20;

std::uint64_t ip_header(int family) {
  return family == AF_INET ? 20 : 40;
}

// A bound socket, and where it is.
int bind_socket(int family, int type, Address& address) {
  address = loopback(family);
  const int fd = socket(family, type | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, address.get(), address.size) != 0 ||
      getsockname(fd, address.get(), &address.size) != 0)
    die("bind");
  return fd;
}

// Takes one connection, reads all of it, and answers with one byte.
void serve_once(int listener) {
  const int peer = accept(listener, nullptr, nullptr);
  std::vector<char> buffer(kMiB);
  while (read(peer, buffer.data(), buffer.size()) > 0) {
  }
  if (write(peer, "x", 1) != 1) perror("write");
  close(peer);
}

void send_stream(Address address, std::size_t bytes) {
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, address.get(), address.size) != 0) die("connect");
  const std::vector<char> buffer(kMiB);
  for (std::size_t left = bytes; left > 0;) {
    const ssize_t sent = write(fd, buffer.data(), std::min(left, buffer.size()));
    if (sent <= 0) die("write");
    left -= static_cast<std::size_t>(sent);
  }
  shutdown(fd, SHUT_WR);
  char byte = 0;
  if (read(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 0) die("read");
  close(fd);
}

void send_datagrams(Address address, int count, std::size_t bytes) {
  const int fd = socket(address.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const std::vector<char> buffer(bytes);
  for (int i = 0; i < count; ++i)
    if (sendto(fd, buffer.data(), bytes, 0, address.get(), address.size) != static_cast<ssize_t>(bytes))
      die("sendto");
  close(fd);
}

class NetworkSourceLive : public testing::Test {
 protected:
  NetworkSourceLive() {
    auto paths = CgroupPaths::open(topology.hierarchies[topology.unified().value()].mount_point);
    if (!paths) throw std::runtime_error(paths.error().message);
    auto programs = NetworkPrograms::load(paths->root_fd(), {.slots = 256});
    if (!programs) throw std::runtime_error(programs.error().message);
    source = std::make_unique<NetworkSource>(
        *std::move(programs),
        SlotOwners::Parts{
            .paths = *std::move(paths), .hierarchy = *topology.unified(), .lifecycle = rig.lifecycle});
    pass();
  }
  void pass() {
    rig.pass();
    ASSERT_TRUE(source->collect(rig.snapshot));
  }
  const CgroupSample& sample(const LiveCgroup& of) { return rig.sample(of.path()); }
  void expect_stream(int family, std::size_t bytes);

  const Topology topology = live_topology();
  const LiveCgroup cgroup{topology, "/squid-live-" + std::to_string(getpid())};
  ScanRig rig{topology, "/squid-live-" + std::to_string(getpid())};
  std::unique_ptr<NetworkSource> source;
};

void NetworkSourceLive::expect_stream(int family, std::size_t bytes) {
  Address address;
  const int listener = bind_socket(family, SOCK_STREAM, address);
  ASSERT_EQ(listen(listener, 1), 0);
  std::thread server([listener] { serve_once(listener); });
  const Workload client(cgroup, [&] { send_stream(address, bytes); });
  server.join();
  close(listener);
  ASSERT_TRUE(client.alive());
  pass();
  const CgroupSample& got = sample(cgroup);
  const std::uint64_t header = ip_header(family) + kTcpHeader;
  // A busy machine may make TCP send something twice, of a whole segment at most.
  const std::uint64_t sent = bytes + header * *got.socket_tx_packets + kSynExtra;
  EXPECT_GE(*got.socket_tx_bytes, sent);
  // What found no way out the first time is no retransmission, but passed our program twice: of the 16,000
  // segments of a long stream a few dozen, where others have the machine.
  const std::uint64_t twice = *got.tcp_retransmits + (bytes > kMiB ? 64 : 0);
  EXPECT_LE(*got.socket_tx_bytes, sent + twice * kLargestSegment);
  // An acknowledgement that tells of a gap is longer, and a long stream over a busy machine may have a few.
  const std::uint64_t acknowledged = 1 + header * *got.socket_rx_packets + kSynExtra;
  EXPECT_GE(*got.socket_rx_bytes, acknowledged);
  EXPECT_LE(*got.socket_rx_bytes, acknowledged + (bytes > kMiB ? 5000 : 0));
  EXPECT_EQ(*got.tcp_connects, 1U);
  EXPECT_EQ(*got.tcp_accepts, 0U);
}

TEST_F(NetworkSourceLive, OneByteOverTcpIsExact) {
  expect_stream(AF_INET, 1);
}

TEST_F(NetworkSourceLive, OneByteOverTcpAndIpv6IsExact) {
  expect_stream(AF_INET6, 1);
}

TEST_F(NetworkSourceLive, AMebibyteOverTcpIsExact) {
  expect_stream(AF_INET, kMiB);
}

TEST_F(NetworkSourceLive, AGibibyteOverTcpIsExact) {
  expect_stream(AF_INET, 1024 * kMiB);
}

TEST_F(NetworkSourceLive, DatagramsAreExactOnBothSides) {
  for (const int family : {AF_INET, AF_INET6}) {
    const std::uint64_t packets_before = sample(cgroup).socket_tx_packets.value_or(0);
    const std::uint64_t bytes_before = sample(cgroup).socket_tx_bytes.value_or(0);
    const LiveCgroup bystander(topology, cgroup.path() + "-bystander");
    Address address;
    const Workload client(cgroup, [&] {
      bind_socket(family, SOCK_DGRAM, address);
      send_datagrams(address, 100, 1000);
    });
    ASSERT_TRUE(client.alive());
    pass();
    EXPECT_EQ(*sample(cgroup).socket_tx_packets - packets_before, 100U);
    EXPECT_EQ(*sample(cgroup).socket_tx_bytes - bytes_before, 100 * (1000 + kUdpHeader + ip_header(family)));
    EXPECT_EQ(*sample(cgroup).socket_rx_bytes, *sample(cgroup).socket_tx_bytes) << "from itself to itself";
    EXPECT_EQ(*sample(bystander).socket_rx_bytes, 0U);
  }
}

// More senders than CPUs, so that they interrupt each other in the middle of counting.
TEST_F(NetworkSourceLive, ManySendersAtOnceAreExact) {
  constexpr int kEach = 50'000;
  const unsigned senders = 3 * std::thread::hardware_concurrency();
  const Workload crowd(cgroup, [&] {
    Address address;
    bind_socket(AF_INET, SOCK_DGRAM, address);
    for (unsigned i = 0; i < senders; ++i) {
      if (fork() != 0) continue;
      send_datagrams(address, kEach, 100);
      _exit(0);
    }
    for (unsigned i = 0; i < senders; ++i) wait(nullptr);
  });
  ASSERT_TRUE(crowd.alive());
  pass();
  const CgroupSample& got = sample(cgroup);
  EXPECT_EQ(*got.socket_tx_packets, senders * kEach);
  EXPECT_EQ(*got.socket_rx_packets, senders * kEach);
  EXPECT_EQ(*got.socket_tx_bytes, senders * kEach * (100 + kUdpHeader + ip_header(AF_INET)));
  EXPECT_EQ(*got.socket_rx_bytes, *got.socket_tx_bytes);
}

TEST_F(NetworkSourceLive, ASenderAndAReceiverOfOneNetworkAreToldApart) {
  const LiveCgroup other(topology, cgroup.path() + "-other");
  // Both in one network of their own, as the containers of a pod are.
  const Workload pod(other, [&] {
    enter_new_network();
    Address address;
    bind_socket(AF_INET, SOCK_DGRAM, address);
    const pid_t child = fork();
    if (child == 0) {
      cgroup.add(getpid());
      send_datagrams(address, 10, 500);
      _exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) die("child");
  });
  ASSERT_TRUE(pod.alive());
  pass();
  constexpr std::uint64_t kBytes = 10 * (500 + kUdpHeader + 20);
  EXPECT_EQ(*sample(cgroup).socket_tx_bytes, kBytes);
  EXPECT_EQ(*sample(cgroup).socket_rx_bytes, 0U);
  EXPECT_EQ(*sample(other).socket_rx_bytes, kBytes);
  EXPECT_EQ(*sample(other).socket_tx_bytes, 0U);
}

TEST_F(NetworkSourceLive, ARefusedConnectionIsAResetOnBothSides) {
  const Workload client(cgroup, [] {
    Address address;
    close(bind_socket(AF_INET, SOCK_STREAM, address));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, address.get(), address.size) == 0) die("somebody listens");
  });
  ASSERT_TRUE(client.alive());
  pass();
  EXPECT_EQ(*sample(cgroup).tcp_resets_received, 1U);
  EXPECT_EQ(*sample(cgroup).tcp_connects, 0U);
}

TEST_F(NetworkSourceLive, TheSumOutlivesTheCgroupsBelow) {
  cgroup.delegate();
  Address address;
  const int receiver = bind_socket(AF_INET, SOCK_DGRAM, address);
  for (std::uint64_t life = 1; life <= 3; ++life) {
    {
      const LiveCgroup below(topology, cgroup.path() + "/below");
      const Workload client(below, [&] { send_datagrams(address, 10, 100); });
      ASSERT_TRUE(client.alive());
      pass();
    }
    pass();
    EXPECT_EQ(*sample(cgroup).socket_tx_packets, 10 * life);
  }
  close(receiver);
}

}  // namespace
}  // namespace squid
