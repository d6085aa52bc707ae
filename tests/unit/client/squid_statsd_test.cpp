#include "client/squid_statsd.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <limits>
#include <string>
#include <vector>

namespace squid_statsd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

// What a server on loopback gets.
class Server {
 public:
  Server() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Server() { close(socket_); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Address address(std::string prefix = "") const { return {"127.0.0.1", port_, std::move(prefix)}; }
  // All packets so far; on loopback they are there when they are sent.
  std::vector<std::string> packets() const {
    std::vector<std::string> packets;
    std::array<char, 2048> buffer;
    for (ssize_t size = 0; (size = recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT)) >= 0;)
      packets.emplace_back(buffer.data(), static_cast<std::size_t>(size));
    return packets;
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

TEST(StatsdClient, SendsEveryTypeUnderItsPrefix) {
  const Server server;
  Client client(server.address("shop."));
  ASSERT_TRUE(client.is_open());
  client.increment("a");
  client.decrement("a");
  client.count("a", 4096);
  client.time("t", 12.5);
  client.histogram("h", 3);
  client.gauge("g", 0.1234567);
  client.change_gauge("g", 2);
  client.change_gauge("g", -2);
  client.add_to_set("s", "joe");
  EXPECT_THAT(server.packets(),
              ElementsAre("shop.a:1|c", "shop.a:-1|c", "shop.a:4096|c", "shop.t:12.5|ms", "shop.h:3|h",
                          "shop.g:0.123457|g", "shop.g:+2|g", "shop.g:-2|g", "shop.s:joe|s"));
}

TEST(StatsdClient, AGaugeBelowZeroIsSetThroughZero) {
  const Server server;
  Client client(server.address());
  client.gauge("g", -5);
  EXPECT_THAT(server.packets(), ElementsAre("g:0|g\ng:-5|g"));
}

TEST(StatsdClient, OfARateAShareIsSentAndSaysSo) {
  const Server server;
  Client client(server.address());
  for (int i = 0; i < 1000; ++i) client.increment("a", 0.1);
  client.increment("never", 0);
  const auto packets = server.packets();
  EXPECT_GT(packets.size(), 50U);
  EXPECT_LT(packets.size(), 200U);
  for (const std::string& packet : packets) EXPECT_EQ(packet, "a:1|c|@0.1");
}

TEST(StatsdClient, WhatIsNoNumberIsNotSent) {
  const Server server;
  Client client(server.address());
  client.count("a", std::numeric_limits<double>::quiet_NaN());
  client.time("a", std::numeric_limits<double>::infinity());
  EXPECT_THAT(server.packets(), IsEmpty());
}

TEST(StatsdClient, ATimerSendsAtItsEndAndOnce) {
  const Server server;
  Client client(server.address());
  {
    Timer timer = client.timer("t");
    const Timer moved = std::move(timer);
  }
  EXPECT_THAT(server.packets(), ElementsAre(MatchesRegex("t:[0-9.]+\\|ms")));
  {
    Timer timer = client.timer("t");
    timer.stop();
    Timer forgotten = client.timer("t");
    forgotten.cancel();
  }
  EXPECT_EQ(server.packets().size(), 1U);
}

TEST(StatsdClient, NobodyThereIsNoticedAndHarmless) {
  Address address;
  {
    const Server gone;
    address = gone.address();
  }
  Client client(address);
  EXPECT_TRUE(client.is_open());
  client.increment("a");
  EXPECT_EQ(client.take_error(), ECONNREFUSED);
  EXPECT_EQ(client.take_error(), 0);
}

TEST(StatsdClient, AnUnknownHostIsNoCrash) {
  Client client({std::string(300, 'x'), 8125, ""});  // longer than any name: nobody is asked
  EXPECT_FALSE(client.is_open());
  client.increment("a");
}

}  // namespace
}  // namespace squid_statsd
