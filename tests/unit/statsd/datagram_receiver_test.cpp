#include "statsd/datagram_receiver.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "support/fake_origins.h"
#include "support/tcp_server.h"
#include "support/temp_dir.h"

namespace squid::statsd {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

class DatagramReceiverTest : public testing::Test {
 protected:
  std::unique_ptr<DatagramReceiver> open(const char* address, std::size_t buffer_bytes = 1 << 20) {
    return receive(ListenSocket::open({.address = asio::ip::make_address(address), .path = {}}, 0),
                   buffer_bytes);
  }
  std::unique_ptr<DatagramReceiver> open_at_path(const std::string& path) {
    return receive(
        ListenSocket::open({.transport = Transport::kUnixDatagram, .address = {}, .path = path}, 0600),
        1 << 20);
  }
  std::unique_ptr<DatagramReceiver> receive(Result<ListenSocket> socket, std::size_t buffer_bytes) {
    EXPECT_TRUE(socket) << (socket ? "" : socket.error().message);
    if (!socket) return nullptr;
    auto receiver = DatagramReceiver::open(io_, *std::move(socket), buffer_bytes,
                                           [this](std::string_view packet, const Sender& sender) {
                                             packets_.emplace_back(packet);
                                             cgroups_.push_back(sender.cgroup);
                                             origins_.push_back(sender.origin ? sender.origin->path : "");
                                           });
    EXPECT_TRUE(receiver) << (receiver ? "" : receiver.error().message);
    if (!receiver) return nullptr;
    (*receiver)->begin();
    return *std::move(receiver);
  }
  void send(const char* address, std::uint16_t port, const std::string& packet) {
    const udp::endpoint to(asio::ip::make_address(address), port);
    udp::socket socket(io_, to.protocol());
    socket.send_to(asio::buffer(packet), to);
  }

  asio::io_context io_;
  std::vector<std::string> packets_;
  std::vector<std::uint64_t> cgroups_;
  std::vector<std::string> origins_;
};

TEST_F(DatagramReceiverTest, HandsOnEveryPacketAsItWasSent) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    packets_.clear();
    const auto receiver = open(address);
    ASSERT_TRUE(receiver);
    const std::vector<std::string> sent{"a:1|c", "", "b:2|c\nc:3|c", std::string(60'000, 'x'), "d"};
    for (const std::string& packet : sent) send(address, receiver->port(), packet);
    run_until(io_, [&] { return packets_.size() >= sent.size(); });
    EXPECT_EQ(packets_, sent) << address;
    EXPECT_EQ(receiver->figures().packets, sent.size());
    EXPECT_EQ(receiver->figures().kernel_drops, 0U);
  }
}

TEST_F(DatagramReceiverTest, WhereAPacketComesFromIsAskedOfItsAddress) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    packets_.clear();
    cgroups_.clear();
    FakeOrigins known;
    const auto receiver = open("::");
    ASSERT_TRUE(receiver);
    send(address, receiver->port(), "unasked");
    receiver->drain();
    receiver->identify_senders(known.make_finder());
    udp::socket client(io_, udp::endpoint(asio::ip::make_address(address), 0));
    known.cgroup_by_port[htons(client.local_endpoint().port())] = 77;
    client.send_to(asio::buffer(std::string("known")),
                   udp::endpoint(asio::ip::make_address(address), receiver->port()));
    send(address, receiver->port(), "unknown");
    run_until(io_, [&] { return packets_.size() >= 3; });
    EXPECT_EQ(packets_, (std::vector<std::string>{"unasked", "known", "unknown"})) << address;
    EXPECT_EQ(cgroups_, (std::vector<std::uint64_t>{0, 77, 0})) << address;
    EXPECT_EQ(known.asked().size(), 2U);
  }
}

TEST_F(DatagramReceiverTest, EveryAddressIsBothProtocols) {
  const auto receiver = open("::");
  ASSERT_TRUE(receiver);
  send("127.0.0.1", receiver->port(), "four");
  send("::1", receiver->port(), "six");
  run_until(io_, [&] { return packets_.size() >= 2; });
  EXPECT_EQ(packets_, (std::vector<std::string>{"four", "six"}));
}

TEST_F(DatagramReceiverTest, DrainTakesWhatHasArrived) {
  const auto receiver = open("127.0.0.1");
  ASSERT_TRUE(receiver);
  for (int i = 0; i < 200; ++i) send("127.0.0.1", receiver->port(), std::to_string(i));
  receiver->drain();
  ASSERT_EQ(packets_.size(), 200U);
  EXPECT_EQ(packets_.back(), "199");
  EXPECT_EQ(receiver->take_most_waiting(), 200U);
  EXPECT_EQ(receiver->take_most_waiting(), 0U) << "since then there was none";
}

TEST_F(DatagramReceiverTest, WhatTheKernelDropsIsCountedToThePacket) {
  const auto receiver = open("127.0.0.1", 4096);
  ASSERT_TRUE(receiver);
  constexpr std::uint64_t kSent = 500;
  for (std::uint64_t i = 0; i < kSent; ++i) send("127.0.0.1", receiver->port(), std::string(100, 'x'));
  receiver->drain();
  const DatagramReceiver::Figures figures = receiver->figures();
  EXPECT_GT(figures.kernel_drops, 0U);
  EXPECT_EQ(figures.packets + figures.kernel_drops, kSent);
  EXPECT_EQ(figures.packets, packets_.size());
  EXPECT_GT(figures.buffer_bytes, 0U);
}

TEST_F(DatagramReceiverTest, UnixSocketsToo) {
  const TempDir directory;
  const std::string path = directory.path() + "/statsd.sock";
  const auto receiver = open_at_path(path);
  ASSERT_TRUE(receiver);
  asio::local::datagram_protocol::socket client(io_);
  client.connect(path);
  client.send(asio::buffer(std::string("a:1|c")));
  client.send(asio::buffer(std::string(100'000, 'x')));
  client.send(asio::buffer(std::string("b:2|c")));
  run_until(io_, [&] { return packets_.size() >= 2; });
  EXPECT_EQ(packets_, (std::vector<std::string>{"a:1|c", "b:2|c"}));
  EXPECT_EQ(receiver->figures().packets, 3U);
  EXPECT_EQ(receiver->figures().truncated, 1U);
  EXPECT_EQ(receiver->figures().buffer_bytes, 0U);
}

// Descriptors that a client sends along are none of ours, and would pile up.
void send_with_descriptor(int client, char byte) {
  iovec piece{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.data(), .msg_controllen = control.size()};
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &client, sizeof client);
  ASSERT_EQ(sendmsg(client, &message, 0), 1);
}

std::size_t count_descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

TEST_F(DatagramReceiverTest, OnAUnixSocketItIsAskedOfTheProcess) {
  const TempDir directory;
  const std::string path = directory.path() + "/statsd.sock";
  const auto receiver = open_at_path(path);
  ASSERT_TRUE(receiver);
  FakeOrigins known;
  known.by_process[getpid()] = origin_named("web");
  receiver->identify_senders(known);
  asio::local::datagram_protocol::socket client(io_);
  client.connect(path);
  client.send(asio::buffer(std::string("a:1|c")));
  const std::size_t descriptors = count_descriptors();
  send_with_descriptor(client.native_handle(), 'b');
  run_until(io_, [&] { return packets_.size() >= 2; });
  EXPECT_EQ(packets_, (std::vector<std::string>{"a:1|c", "b"}));
  EXPECT_EQ(origins_, (std::vector<std::string>{"web", "web"}));
  EXPECT_EQ(count_descriptors(), descriptors);
}

}  // namespace
}  // namespace squid::statsd
