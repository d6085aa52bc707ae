// Who sends, as the kernel saw it, against which process of which cgroup did.
#include "kernel/sender_program.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

#include "kernel/cgroup_paths.h"
#include "support/live_cgroup.h"
#include "support/loopback.h"
#include "support/workload.h"

namespace squid {
namespace {

constexpr std::uint16_t kPort = 21409;
constexpr std::uint16_t kSource = 21410;

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

class SenderProgramLive : public testing::Test {
 protected:
  SenderProgramLive() {
    auto paths = CgroupPaths::open(topology.hierarchies[topology.unified().value()].mount_point);
    if (!paths) throw std::runtime_error(paths.error().message);
    auto loaded = SenderProgram::load(paths->root_fd(), {.udp = {kPort}, .tcp = {kPort}});
    if (!loaded) throw std::runtime_error(loaded.error().message);
    memory.emplace(*std::move(loaded));
  }
  std::uint64_t inode(const LiveCgroup& of) const { return of.inode(*topology.unified()); }

  const Topology topology = live_topology();
  const std::string path = "/squid-senders-" + std::to_string(getpid());
  const LiveCgroup first{topology, path + "-first"};
  const LiveCgroup second{topology, path + "-second"};
  std::optional<SenderMemory> memory;
};

TEST_F(SenderProgramLive, EveryProtocolTellsTheCgroup) {
  for (const int family : {AF_INET, AF_INET6})
    for (const auto& [type, protocol] :
         {std::pair(SOCK_DGRAM, IPPROTO_UDP), std::pair(SOCK_STREAM, IPPROTO_TCP)}) {
      const sender_source source = source_of(family, static_cast<std::uint8_t>(protocol));
      EXPECT_EQ(memory->find(source), 0U) << "nobody has sent yet";
      const Workload client(first, [family = family, type = type] { send(family, type); });
      ASSERT_TRUE(client.alive());
      EXPECT_EQ(memory->find(source), inode(first)) << family << " " << protocol;
    }
}

TEST_F(SenderProgramLive, APortThatChangesHandsTellsTheNewOwner) {
  const sender_source source = source_of(AF_INET, IPPROTO_UDP);
  for (int turn = 0; turn < 3; ++turn)
    for (const LiveCgroup* cgroup : {&first, &second}) {
      const Workload client(*cgroup, [] { send(AF_INET, SOCK_DGRAM); });
      ASSERT_TRUE(client.alive());
      EXPECT_EQ(memory->find(source), inode(*cgroup)) << turn;
      EXPECT_EQ(memory->find(source), inode(*cgroup)) << "also when asked again";
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
  EXPECT_EQ(memory->find(source), inode(first));
}

TEST_F(SenderProgramLive, NobodyIsNotedWhoSendsElsewhere) {
  const Workload client(first, [] { send(AF_INET, SOCK_DGRAM, kPort + 5); });
  ASSERT_TRUE(client.alive());
  EXPECT_EQ(memory->find(source_of(AF_INET, IPPROTO_UDP)), 0U);
}

}  // namespace
}  // namespace squid
