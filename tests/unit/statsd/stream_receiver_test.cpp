#include "statsd/stream_receiver.h"

#include <gtest/gtest.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <sstream>
#include <string>

#include "support/tcp_server.h"
#include "support/temp_dir.h"

namespace squid::statsd {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Texts = std::vector<std::string>;

class StreamReceiverTest : public testing::Test {
 protected:
  std::unique_ptr<StreamReceiver> open(const ListenAddress& address,
                                       const StreamReceiver::Limits& limits = {}) {
    auto socket = ListenSocket::open(address, 0600);
    EXPECT_TRUE(socket) << (socket ? "" : socket.error().message);
    if (!socket) return nullptr;
    auto receiver = StreamReceiver::open(io_, *std::move(socket), limits, [this](int) {
      return Intake{.take = [this](std::string_view lines) { take(lines); },
                    .drop = [this](BadLine reason) { dropped_.push_back(reason); }};
    });
    EXPECT_TRUE(receiver);
    return receiver ? *std::move(receiver) : nullptr;
  }
  std::unique_ptr<StreamReceiver> open_tcp(const StreamReceiver::Limits& limits = {}) {
    return open({.transport = Transport::kTcp, .address = asio::ip::make_address("127.0.0.1"), .path = {}},
                limits);
  }
  void take(std::string_view text) {
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) lines_.push_back(line);
  }
  tcp::socket connect(const StreamReceiver& receiver) {
    tcp::socket client(io_);
    client.connect({asio::ip::make_address("127.0.0.1"), receiver.port()});
    return client;
  }
  static void send(tcp::socket& client, const std::string& text) { asio::write(client, asio::buffer(text)); }
  void wait_for_lines(std::size_t count) {
    run_until(io_, [&] { return lines_.size() >= count; });
  }

  asio::io_context io_;
  Texts lines_;
  std::vector<BadLine> dropped_;
};

TEST_F(StreamReceiverTest, TakesTheLinesOfAllConnections) {
  const auto receiver = open_tcp();
  ASSERT_TRUE(receiver);
  tcp::socket one = connect(*receiver);
  tcp::socket two = connect(*receiver);
  send(one, "a:1|c\nb:");
  wait_for_lines(1);
  send(two, "c:3|c\n");
  wait_for_lines(2);
  EXPECT_EQ(receiver->figures().connections, 2U);
  EXPECT_EQ(receiver->figures().open_lines, 1U);
  send(one, "2|c\n");
  wait_for_lines(3);
  EXPECT_EQ(lines_, (Texts{"a:1|c", "c:3|c", "b:2|c"}));
  one.close();
  run_until(io_, [&] { return receiver->figures().connections == 1; });
  EXPECT_EQ(receiver->figures().open_lines, 0U);
}

TEST_F(StreamReceiverTest, TheLastLineNeedsNoEnd) {
  const auto receiver = open_tcp();
  ASSERT_TRUE(receiver);
  tcp::socket client = connect(*receiver);
  send(client, "a:1|c\nb:2|c");
  client.close();
  wait_for_lines(2);
  EXPECT_EQ(lines_, (Texts{"a:1|c", "b:2|c"}));
}

TEST_F(StreamReceiverTest, ALineThatNeverEndsCostsOnlyItself) {
  const auto receiver = open_tcp();
  ASSERT_TRUE(receiver);
  tcp::socket client = connect(*receiver);
  const std::string piece(10'000, 'x');
  client.non_blocking(true);
  for (int sent = 0; sent < 100;) {
    boost::system::error_code full;
    sent += client.write_some(asio::buffer(piece), full) > 0 ? 1 : 0;
    io_.restart();
    io_.poll();
  }
  client.non_blocking(false);
  send(client, "\na:1|c\n");
  wait_for_lines(1);
  EXPECT_EQ(lines_, Texts{"a:1|c"});
  EXPECT_EQ(dropped_, std::vector<BadLine>{BadLine::kTooLong});
}

TEST_F(StreamReceiverTest, AConnectionThatBreaksCutsItsLine) {
  const auto receiver = open_tcp();
  ASSERT_TRUE(receiver);
  tcp::socket client = connect(*receiver);
  send(client, "a:1|c\nb:2");
  wait_for_lines(1);
  client.set_option(asio::socket_base::linger(true, 0));
  client.close();
  run_until(io_, [&] { return receiver->figures().connections == 0; });
  EXPECT_EQ(lines_, Texts{"a:1|c"});
  EXPECT_EQ(dropped_, std::vector<BadLine>{BadLine::kCutOff});
}

TEST_F(StreamReceiverTest, WhoIsTooManyWaitsAndLosesNothing) {
  const auto receiver = open_tcp({.connections = 1, .retry = std::chrono::milliseconds(1)});
  ASSERT_TRUE(receiver);
  tcp::socket first = connect(*receiver);
  send(first, "a:1|c\n");
  wait_for_lines(1);
  tcp::socket second = connect(*receiver);
  send(second, "b:2|c\n");
  run_until(io_, [&] { return receiver->figures().delayed > 0; });
  receiver->drain();
  EXPECT_EQ(lines_.size(), 1U);
  first.close();
  wait_for_lines(2);
  EXPECT_EQ(receiver->figures().connections, 1U);
  EXPECT_EQ(receiver->figures().closed_quiet, 0U);
}

TEST_F(StreamReceiverTest, TheQuietestMakesRoom) {
  const auto receiver = open_tcp(
      {.connections = 2, .quiet = std::chrono::milliseconds(0), .retry = std::chrono::milliseconds(1)});
  ASSERT_TRUE(receiver);
  tcp::socket first = connect(*receiver);
  send(first, "a:1|c\nlast:1|c");
  wait_for_lines(1);
  tcp::socket second = connect(*receiver);
  send(second, "b:2|c\n");
  wait_for_lines(2);
  tcp::socket third = connect(*receiver);
  send(third, "c:3|c\n");
  wait_for_lines(4);
  EXPECT_EQ(lines_, (Texts{"a:1|c", "b:2|c", "last:1|c", "c:3|c"}));
  EXPECT_EQ(receiver->figures().connections, 2U);
  EXPECT_EQ(receiver->figures().closed_quiet, 1U);
}

TEST_F(StreamReceiverTest, DrainTakesWhatHasArrivedOnUnixSocketsToo) {
  const TempDir directory;
  const std::string path = directory.path() + "/statsd.sock";
  const auto receiver = open({.transport = Transport::kUnixStream, .address = {}, .path = path});
  ASSERT_TRUE(receiver);
  asio::local::stream_protocol::socket client(io_);
  client.connect(path);
  asio::write(client, asio::buffer(std::string("a:1|c\nb:2|c\n")));
  receiver->drain();
  EXPECT_EQ(lines_, (Texts{"a:1|c", "b:2|c"}));
}

}  // namespace
}  // namespace squid::statsd
