// Who sends, as the kernel saw it, against which process of which cgroup did.
#include "kernel/sender_program.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include "kernel/cgroup_paths.h"
#include "support/live_cgroup.h"
#include "support/workload.h"

namespace squid {
namespace {

constexpr std::uint16_t kPort = 21409;
constexpr std::uint16_t kSource = 21410;

[[noreturn]] void die(const char* what) {
  perror(what);
  _exit(1);
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address loopback(int family, std::uint16_t port) {
  Address address;
  address.storage.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET) {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(address.storage);
    ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ipv4.sin_port = htons(port);
    address.size = sizeof(sockaddr_in);
  } else {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    ipv6.sin6_addr = in6addr_loopback;
    ipv6.sin6_port = htons(port);
    address.size = sizeof(sockaddr_in6);
  }
  return address;
}

sender_source source_of(int family, std::uint8_t protocol) {
  sender_source source{};
  if (family == AF_INET) {
    const std::uint8_t mapped[] = {0xff, 0xff, 127, 0, 0, 1};
    std::ranges::copy(mapped, source.address + 10);
  } else {
    source.address[15] = 1;
  }
  source.port = htons(kSource);
  source.protocol = protocol;
  return source;
}

// From the same port each time, to one where somebody listens or nobody.
void send(int family, int type, std::uint16_t port = kPort) {
  const int on = 1;
  const int fd = socket(family, type | SOCK_CLOEXEC, 0);
  Address from = loopback(family, kSource);
  Address to = loopback(family, port);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (fd < 0 || bind(fd, from.get(), from.size) != 0) die("bind");
  if (connect(fd, to.get(), to.size) != 0 && type == SOCK_DGRAM) die("connect");
  if (type == SOCK_DGRAM && write(fd, "a:1|c", 5) != 5) die("write");
  close(fd);
}

void enter_new_network() {
  if (unshare(CLONE_NEWNET) != 0) die("unshare");
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) die("lo");
  close(fd);
}

class SenderProgramLive : public testing::Test {
 protected:
  SenderProgramLive() {
    auto paths = CgroupPaths::open(topology.hierarchies[topology.unified().value()].mount_point);
    if (!paths) throw std::runtime_error(paths.error().message);
    auto loaded = SenderProgram::load(paths->root_fd(), {.udp = {kPort}, .tcp = {kPort}});
    if (!loaded) throw std::runtime_error(loaded.error().message);
    program = *std::move(loaded);
  }
  std::uint64_t inode(const LiveCgroup& of) const { return of.inode(*topology.unified()); }

  const Topology topology = live_topology();
  const std::string path = "/squid-senders-" + std::to_string(getpid());
  const LiveCgroup first{topology, path + "-first"};
  const LiveCgroup second{topology, path + "-second"};
  std::unique_ptr<SenderProgram> program;
};

TEST_F(SenderProgramLive, EveryProtocolTellsTheCgroup) {
  for (const int family : {AF_INET, AF_INET6})
    for (const auto& [type, protocol] :
         {std::pair(SOCK_DGRAM, IPPROTO_UDP), std::pair(SOCK_STREAM, IPPROTO_TCP)}) {
      const sender_source source = source_of(family, static_cast<std::uint8_t>(protocol));
      EXPECT_EQ(program->find(source), 0U) << "nobody has sent yet";
      const Workload client(first, [family = family, type = type] { send(family, type); });
      ASSERT_TRUE(client.alive());
      EXPECT_EQ(program->find(source), inode(first)) << family << " " << protocol;
    }
}

TEST_F(SenderProgramLive, APortThatChangesHandsTellsTheNewOwner) {
  const sender_source source = source_of(AF_INET, IPPROTO_UDP);
  for (int turn = 0; turn < 3; ++turn)
    for (const LiveCgroup* cgroup : {&first, &second}) {
      const Workload client(*cgroup, [] { send(AF_INET, SOCK_DGRAM); });
      ASSERT_TRUE(client.alive());
      EXPECT_EQ(program->find(source), inode(*cgroup)) << turn;
      EXPECT_EQ(program->find(source), inode(*cgroup)) << "also when asked again";
    }
}

TEST_F(SenderProgramLive, TheSameAddressInAnotherNetworkIsAnother) {
  const sender_source source = source_of(AF_INET, IPPROTO_UDP);
  const Workload here(first, [] { send(AF_INET, SOCK_DGRAM); });
  const Workload there(second, [] {
    enter_new_network();
    send(AF_INET, SOCK_DGRAM);
  });
  ASSERT_TRUE(here.alive());
  ASSERT_TRUE(there.alive());
  EXPECT_EQ(program->find(source), inode(first));
}

TEST_F(SenderProgramLive, NobodyIsNotedWhoSendsElsewhere) {
  const Workload client(first, [] { send(AF_INET, SOCK_DGRAM, kPort + 5); });
  ASSERT_TRUE(client.alive());
  EXPECT_EQ(program->find(source_of(AF_INET, IPPROTO_UDP)), 0U);
}

}  // namespace
}  // namespace squid
