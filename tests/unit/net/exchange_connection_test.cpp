#include "net/exchange_connection.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/local/stream_protocol.hpp>
#include <fstream>
#include <iterator>
#include <utility>

#include "support/tcp_server.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace asio = boost::asio;

// One character tells what the server makes of it.
class LetterExchange : public Exchange {
 public:
  explicit LetterExchange(std::string greeting = "") : greeting_(std::move(greeting)) {}
  std::string greet() override { return greeting_; }
  void begin(const std::string& batch) override {
    batch_ = &batch;
    sent_ = 0;
  }
  // A part ends with a semicolon.
  std::string request() override {
    const std::size_t end = batch_->find(';', sent_);
    const std::string part = batch_->substr(sent_, end - sent_ + 1);
    sent_ += part.size();
    return part;
  }
  ServerAnswer take(std::string_view bytes) override {
    ends_ = bytes.back() == 'e';
    switch (bytes.back()) {
      case 'h':
        return {.verdict = Verdict::kReady};
      case 'y':
        return {.verdict = sent_ < batch_->size() ? Verdict::kNext : Verdict::kConfirmed};
      case 'l':
        return {.verdict = sent_ < batch_->size() ? Verdict::kNext : Verdict::kConfirmed, .last = true};
      case 'n':
        return {.verdict = Verdict::kConfirmed, .problem = "refused it", .refused = parts(2)};
      case 'o':
        return {.verdict = Verdict::kConfirmed, .outdated = parts(3)};
      case 'r':
        return {.verdict = Verdict::kRetry, .problem = "not now"};
      default:
        return {};
    }
  }

  ServerAnswer end() override {
    return {.verdict = std::exchange(ends_, false) ? Verdict::kConfirmed : Verdict::kMore};
  }

 private:
  // Whatever they are.
  std::vector<Refusal> parts(std::size_t count) const { return {count, Refusal{*batch_, "bad\nletter"}}; }

  std::string greeting_;
  const std::string* batch_ = nullptr;
  std::size_t sent_ = 0;
  bool ends_ = false;
};

class ExchangeConnectionTest : public testing::Test {
 protected:
  ExchangeConnectionTest() {
    options_.link.queue_bytes = 1 << 20;
    // Without the waits; the backoff has its own tests.
    options_.link.random = [] { return 0.0; };
  }
  ExchangeConnection& connect(Server server, std::string greeting = "") {
    connection_ = std::make_unique<ExchangeConnection>(
        io_, std::move(server), std::make_unique<LetterExchange>(std::move(greeting)), options_);
    return *connection_;
  }
  ExchangeConnection& connect() { return connect(HostPort{"127.0.0.1", server_.port()}); }
  SinkHealth health() const { return connection_->health(); }
  void wait_for(std::size_t client, const std::string& text) {
    run_until(io_, [&] { return server_.accepted() > client && server_.received(client) == text; });
  }

  asio::io_context io_;
  TcpServer server_{io_};
  ExchangeOptions options_;
  std::unique_ptr<ExchangeConnection> connection_;
};

TEST_F(ExchangeConnectionTest, ABatchIsDeliveredWhenTheServerSaysSo) {
  ExchangeConnection& connection = connect();
  connection.send("one;");
  connection.send("two;");
  wait_for(0, "one;");
  EXPECT_EQ(health().delivered_reports, 0U);
  EXPECT_EQ(health().queued_reports, 2U);
  server_.answer(0, ".....");
  server_.answer(0, "y");
  wait_for(0, "one;two;");
  EXPECT_EQ(health().delivered_reports, 1U);
  server_.answer(0, "y");
  run_until(io_, [&] { return health().delivered_reports == 2; });
  EXPECT_EQ(health().queued_reports, 0U);
  EXPECT_EQ(health().retried, 0U);
  EXPECT_EQ(health().last_error, "");
}

TEST_F(ExchangeConnectionTest, GreetsFirst) {
  connect(HostPort{"127.0.0.1", server_.port()}, "hello;").send("one;");
  wait_for(0, "hello;");
  server_.answer(0, "h");
  wait_for(0, "hello;one;");
}

TEST_F(ExchangeConnectionTest, SendsTheNextPartAlsoWhereTheServerHangsUpAfterEachAnswer) {
  connect().send("a;b;c;");
  wait_for(0, "a;");
  server_.answer(0, "l");
  wait_for(1, "b;");
  server_.answer(1, "l");
  wait_for(2, "c;");
  server_.answer(2, "l");
  run_until(io_, [&] { return health().delivered_reports == 1; });
  EXPECT_EQ(health().retried, 0U);
}

TEST_F(ExchangeConnectionTest, AnAnswerMayEndWithTheConnection) {
  ExchangeConnection& connection = connect();
  connection.send("one;");
  connection.send("two;");
  wait_for(0, "one;");
  server_.answer(0, "e");
  server_.close(0);
  run_until(io_, [&] { return health().delivered_reports == 1; });
  wait_for(1, "two;");
  EXPECT_EQ(health().retried, 0U);
  EXPECT_EQ(health().last_error, "");
  server_.close(1);
  wait_for(2, "one;");
  EXPECT_EQ(health().retried, 1U) << "that was no answer";
}

TEST_F(ExchangeConnectionTest, WhatIsRefusedIsCountedAndSaid) {
  connect().send("one;");
  wait_for(0, "one;");
  server_.answer(0, "n");
  run_until(io_, [&] { return health().delivered_reports == 1; });
  EXPECT_EQ(health().refused, 2U);
  EXPECT_THAT(health().last_error, HasSubstr(": refused it"));
  EXPECT_EQ(health().refused_path, "") << "there is no place for it";
}

TEST_F(ExchangeConnectionTest, WhatIsRefusedIsKeptBesideTheSpool) {
  const TempDir folder;
  options_.link.spool = {.directory = folder.path(), .limit_bytes = 1 << 20};
  connect().send("one;");
  wait_for(0, "one;");
  server_.answer(0, "n");
  run_until(io_, [&] { return health().refused == 2; });
  ASSERT_EQ(health().refused_path, folder.path() + "/refused.log");
  std::ifstream file(health().refused_path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string line = fmt::format("Z\t127.0.0.1:{}\tbad\\nletter\tone;\n", server_.port());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, HasSubstr(line));
}

TEST_F(ExchangeConnectionTest, BeginsAgainWhenTheServerIsNotReady) {
  connect().send("a;b;");
  wait_for(0, "a;");
  server_.answer(0, "y");
  wait_for(0, "a;b;");
  server_.answer(0, "r");
  // From the start of the batch, over a new connection.
  wait_for(1, "a;");
  EXPECT_THAT(health().last_error, HasSubstr(": not now"));
  EXPECT_EQ(health().retried, 1U);
  server_.answer(1, "y");
  wait_for(1, "a;b;");
  server_.answer(1, "y");
  run_until(io_, [&] { return health().delivered_reports == 1; });
}

TEST_F(ExchangeConnectionTest, SendsAgainWhatWasConfirmedJustBeforeAFailure) {
  ExchangeConnection& connection = connect();
  connection.send("one;");
  wait_for(0, "one;");
  server_.answer(0, "y");
  run_until(io_, [&] { return health().delivered_reports == 1; });
  server_.reset(0);
  wait_for(1, "one;");
  // It has it. That is no loss.
  server_.answer(1, "o");
  connection.send("two;");
  wait_for(1, "one;two;");
  EXPECT_EQ(health().delivered_reports, 1U);
  EXPECT_EQ(health().refused, 0U);
  // Of something new the same answer means a loss.
  server_.answer(1, "o");
  run_until(io_, [&] { return health().delivered_reports == 2; });
  EXPECT_EQ(health().refused, 3U);
  EXPECT_THAT(health().last_error, HasSubstr("did the clock of this host go back?"));
}

TEST_F(ExchangeConnectionTest, AServerMayHangUpBetweenRequestsIfThatIsItsManner) {
  options_.may_hang_up = true;
  ExchangeConnection& connection = connect();
  connection.send("one;");
  wait_for(0, "one;");
  server_.answer(0, "y");
  run_until(io_, [&] { return health().delivered_reports == 1; });
  server_.close(0);
  for (int i = 0; i < 20; ++i) io_.run_one_for(1ms);
  EXPECT_EQ(server_.accepted(), 1U);
  connection.send("two;");
  wait_for(1, "two;");
  EXPECT_EQ(health().last_error, "");
  EXPECT_EQ(health().retried, 0U);
}

TEST_F(ExchangeConnectionTest, ASilentServerIsGivenUpAndTriedAgain) {
  options_.answer_timeout = 50ms;
  connect().send("one;");
  run_until(io_, [&] { return server_.accepted() >= 3; });
  EXPECT_THAT(health().last_error, HasSubstr("did not answer within 50 ms"));
  EXPECT_EQ(health().queued_reports, 1U);
}

TEST_F(ExchangeConnectionTest, AnAnswerThatNobodyAskedForEndsTheConnection) {
  ExchangeConnection& connection = connect();
  run_until(io_, [&] { return server_.accepted() == 1; });
  server_.answer(0, "y");
  run_until(io_, [&] { return server_.open() == 0; });
  connection.send("one;");
  wait_for(1, "one;");
  EXPECT_EQ(health().delivered_reports, 0U);
}

TEST_F(ExchangeConnectionTest, TheQueueIsBoundedAndWhatItCostsIsCounted) {
  options_.link.queue_bytes = 1000;
  ExchangeConnection& connection = connect();
  for (int i = 0; i < 500; ++i) connection.send("0123456789;");
  connection.send(std::string(1001, 'x'));
  EXPECT_LE(health().queued_bytes, 1000U);
  EXPECT_EQ(health().queued_reports + health().dropped_reports, 501U);
}

TEST_F(ExchangeConnectionTest, SpeaksOverAUnixSocket) {
  const std::string path = testing::TempDir() + "squid_exchange_test.sock";
  (void)::unlink(path.c_str());
  asio::local::stream_protocol::acceptor acceptor(io_, asio::local::stream_protocol::endpoint(path));
  asio::local::stream_protocol::socket accepted(io_);
  std::array<char, 16> received{};
  std::size_t size = 0;
  acceptor.async_accept(accepted, [&](auto) {
    accepted.async_read_some(asio::buffer(received), [&](auto, std::size_t read) { size = read; });
  });
  connect(Server::on_unix_socket(path)).send("one;");
  run_until(io_, [&] { return size > 0; });
  EXPECT_EQ(std::string(received.data(), size), "one;");
  (void)::unlink(path.c_str());
}

TEST_F(ExchangeConnectionTest, MayBeDestroyedWhileItWaits) {
  connect().send("one;");
  connection_.reset();
  for (int i = 0; i < 20; ++i) io_.run_one_for(1ms);
}

TEST_F(ExchangeConnectionTest, WaitsLessLongWithMuchToDeliver) {
  options_.link.random = [] { return 0.999; };
  options_.link.backoff = {
      .base = 1h, .cap = 1h, .least_cap = 50ms, .connecting = 0ms, .bytes_per_second = 1};
  ExchangeConnection& connection = connect();
  server_.stop_listening();
  connection.send(std::string(3600, 'x') + ";");
  run_until(io_, [&] { return health().retried == 3; });
}

}  // namespace
}  // namespace squid
