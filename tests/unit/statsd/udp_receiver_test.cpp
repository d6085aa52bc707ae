#include "statsd/udp_receiver.h"

#include <gtest/gtest.h>

#include <string>

#include "support/tcp_server.h"

namespace squid::statsd {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

class UdpReceiverTest : public testing::Test {
 protected:
  std::unique_ptr<UdpReceiver> open(const char* address, std::size_t buffer_bytes = 1 << 20) {
    auto receiver = UdpReceiver::open(io_, {asio::ip::make_address(address), 0}, buffer_bytes,
                                      [this](std::string_view packet) { packets_.emplace_back(packet); });
    EXPECT_TRUE(receiver) << (receiver ? "" : receiver.error().message);
    return receiver ? *std::move(receiver) : nullptr;
  }
  void send(const char* address, std::uint16_t port, const std::string& packet) {
    const udp::endpoint to(asio::ip::make_address(address), port);
    udp::socket socket(io_, to.protocol());
    socket.send_to(asio::buffer(packet), to);
  }

  asio::io_context io_;
  std::vector<std::string> packets_;
};

TEST_F(UdpReceiverTest, HandsOnEveryPacketAsItWasSent) {
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

TEST_F(UdpReceiverTest, EveryAddressIsBothProtocols) {
  const auto receiver = open("::");
  ASSERT_TRUE(receiver);
  send("127.0.0.1", receiver->port(), "four");
  send("::1", receiver->port(), "six");
  run_until(io_, [&] { return packets_.size() >= 2; });
  EXPECT_EQ(packets_, (std::vector<std::string>{"four", "six"}));
}

TEST_F(UdpReceiverTest, DrainTakesWhatHasArrived) {
  const auto receiver = open("127.0.0.1");
  ASSERT_TRUE(receiver);
  for (int i = 0; i < 200; ++i) send("127.0.0.1", receiver->port(), std::to_string(i));
  receiver->drain();
  ASSERT_EQ(packets_.size(), 200U);
  EXPECT_EQ(packets_.back(), "199");
}

TEST_F(UdpReceiverTest, WhatTheKernelDropsIsCountedToThePacket) {
  const auto receiver = open("127.0.0.1", 4096);
  ASSERT_TRUE(receiver);
  constexpr std::uint64_t kSent = 500;
  for (std::uint64_t i = 0; i < kSent; ++i) send("127.0.0.1", receiver->port(), std::string(100, 'x'));
  receiver->drain();
  const UdpReceiver::Figures figures = receiver->figures();
  EXPECT_GT(figures.kernel_drops, 0U);
  EXPECT_EQ(figures.packets + figures.kernel_drops, kSent);
  EXPECT_EQ(figures.packets, packets_.size());
  EXPECT_GT(figures.buffer_bytes, 0U);
}

TEST_F(UdpReceiverTest, APortThatIsTakenIsAnError) {
  const auto first = open("127.0.0.1");
  ASSERT_TRUE(first);
  const auto second = UdpReceiver::open(io_, {asio::ip::make_address("127.0.0.1"), first->port()}, 1 << 20,
                                        [](std::string_view) {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("cannot listen on UDP 127.0.0.1:"), std::string::npos);
}

}  // namespace
}  // namespace squid::statsd
