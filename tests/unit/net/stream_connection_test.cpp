#include "net/stream_connection.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sinks/encode/graphite_lines.h"
#include "support/tcp_server.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace asio = boost::asio;
using asio::ip::tcp;

// A port that refuses connections, and that nobody else gets meanwhile.
class ReservedPort {
 public:
  explicit ReservedPort(asio::io_context& io) : socket_(io, tcp::v4()) {
    socket_.set_option(tcp::socket::reuse_address(true));
    socket_.bind({asio::ip::address_v4::loopback(), 0});
  }
  std::uint16_t number() const { return socket_.local_endpoint().port(); }

 private:
  tcp::socket socket_;
};

class StreamConnectionTest : public testing::Test {
 protected:
  StreamConnectionTest() {
    options_.queue_bytes = 1 << 20;
    // Without the waits; the backoff has its own tests.
    options_.random = [] { return 0.0; };
  }
  StreamConnection& connect(std::uint16_t port) {
    connection_ = std::make_unique<StreamConnection>(io_, HostPort{"127.0.0.1", port}, stream_options());
    return *connection_;
  }
  StreamOptions stream_options() const {
    return {.link = options_, .records = {graphite_line_length}, .quiet = 20ms};
  }
  SinkHealth health() const { return connection_->health(); }
  std::uint64_t unacknowledged_bytes() const { return health().queued_bytes + health().spooled_bytes; }
  // Of the connection that connect() made.
  std::uint64_t accounted() const {
    return health().delivered_reports + health().queued_reports + health().dropped_reports;
  }

  asio::io_context io_;
  LinkOptions options_;
  std::unique_ptr<StreamConnection> connection_;
};

TEST_F(StreamConnectionTest, BeginsWhenIoRuns) {
  const TempDir state;
  TcpServer server(io_);
  options_.spool = {state.path() + "/spool", 1 << 20};
  connect(server.port());
  connection_.reset();
  io_.poll();
  EXPECT_EQ(server.accepted(), 0U);
  EXPECT_FALSE(std::filesystem::exists(options_.spool.directory));
  connect(server.port());
  run_until(io_, [&] { return server.accepted() == 1; });
  EXPECT_TRUE(std::filesystem::exists(options_.spool.directory));
}

TEST_F(StreamConnectionTest, WhoeverFollowsHasWhatItDidNotDeliver) {
  const TempDir state;
  options_.spool = {state.path() + "/spool", 1 << 20};
  const ReservedPort nobody(io_);
  connect(nobody.number()).send("one\n");
  // Something of the first connection still runs when the second one begins.
  TcpServer server(io_);
  connect(server.port()).send("two\n");
  run_until(io_, [&] { return server.received() == "one\ntwo\n"; });
  run_until(io_, [&] { return health().delivered_reports == 2; });
  EXPECT_EQ(health().recovered_reports, 1U);
  EXPECT_EQ(health().spool_error, "");
}

TEST_F(StreamConnectionTest, DeliversInOrder) {
  TcpServer server(io_);
  StreamConnection& connection = connect(server.port());
  connection.send("one\n");
  connection.send("two\n");
  connection.send("three\n");
  run_until(io_, [&] { return health().delivered_reports == 3; });
  run_until(io_, [&] { return server.received() == "one\ntwo\nthree\n"; });
  EXPECT_EQ(health().queued_reports, 0U);
  EXPECT_EQ(health().queued_bytes, 0U);
  EXPECT_EQ(health().retried, 0U);
  EXPECT_EQ(health().last_error, "");
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(StreamConnectionTest, ConnectsBeforeThereIsAnythingToSend) {
  TcpServer server(io_);
  connect(server.port());
  run_until(io_, [&] { return server.accepted() == 1; });
}

TEST_F(StreamConnectionTest, TriesEveryAddressOfAName) {
  TcpServer server(io_);
  // ::1 and 127.0.0.1: one of them refuses.
  StreamConnection connection(io_, HostPort{"localhost", server.port()}, stream_options());
  connection.send("one\n");
  run_until(io_, [&] { return connection.health().delivered_reports == 1; });
}

TEST_F(StreamConnectionTest, WaitsForAServerThatIsNotThereYet) {
  auto port = std::make_unique<ReservedPort>(io_);
  const std::uint16_t number = port->number();
  StreamConnection& connection = connect(number);
  connection.send("one\n");
  connection.send("two\n");
  run_until(io_, [&] { return health().retried >= 3; });
  EXPECT_EQ(health().last_error,
            "cannot connect to 127.0.0.1:" + std::to_string(number) + ": Connection refused");
  EXPECT_EQ(health().queued_reports, 2U);
  EXPECT_EQ(health().queued_bytes, 8U);

  port.reset();
  TcpServer server(io_, number);
  run_until(io_, [&] { return health().delivered_reports == 2; });
  run_until(io_, [&] { return server.received() == "one\ntwo\n"; });
}

TEST_F(StreamConnectionTest, NamesWhatCannotBeResolved) {
  // Longer than a label of DNS may be: no server is asked.
  const std::string host(70, 'h');
  StreamConnection connection(io_, HostPort{host, 2003}, stream_options());
  run_until(io_, [&] { return !connection.health().last_error.empty(); });
  EXPECT_THAT(connection.health().last_error, HasSubstr("cannot resolve " + host));
}

TEST_F(StreamConnectionTest, GivesUpAnAddressThatDoesNotAnswer) {
  // A listener whose queue is full drops what comes: as a host behind a firewall does.
  tcp::acceptor deaf(io_, tcp::v4());
  deaf.bind({asio::ip::address_v4::loopback(), 0});
  deaf.listen(0);
  tcp::socket filler(io_);
  filler.connect(deaf.local_endpoint());
  options_.connect.connect_timeout = 50ms;
  connect(deaf.local_endpoint().port()).send("one\n");
  run_until(io_, [&] { return health().retried >= 2; });
  EXPECT_THAT(health().last_error, HasSubstr("no answer within 50 ms"));
  EXPECT_EQ(health().queued_reports, 1U);
}

TEST_F(StreamConnectionTest, WritesABatchAgainThatWasCutInTheMiddle) {
  // More than the kernel buffers take, so that the reset hits in the middle.
  const std::string large = std::string(16 << 20, 'x') + "\n";
  options_.queue_bytes = 64 << 20;
  TcpServer server(io_);
  server.reset_after(100'000);
  StreamConnection& connection = connect(server.port());
  connection.send(large);
  connection.send("small\n");
  run_until(io_, [&] { return server.accepted() == 1 && server.open() == 0; });
  server.reset_after(SIZE_MAX);
  run_until(io_, [&] { return health().delivered_reports == 2; });
  EXPECT_EQ(server.received(0).size(), 100'000U);
  run_until(io_, [&] { return server.received(server.accepted() - 1) == large + "small\n"; });
  EXPECT_GE(health().retried, 1U);
  EXPECT_EQ(health().dropped_reports, 0U);
}

TEST_F(StreamConnectionTest, WritesAgainWhatTheOtherEndMayNotHaveRead) {
  TcpServer server(io_);
  server.stop_reading();
  StreamConnection& connection = connect(server.port());
  connection.send("one\n");
  run_until(io_, [&] { return health().delivered_reports == 1; });
  // Its kernel took the bytes, the program never read them.
  server.reset(0);
  server.start_reading();
  run_until(io_, [&] { return server.accepted() == 2 && server.received(1) == "one\n"; });
  run_until(io_, [&] { return health().queued_bytes == 0; });
  EXPECT_EQ(health().delivered_reports, 1U);
  EXPECT_EQ(accounted(), 1U);

  // A server that dies breaks the connection first, and may accept one more before it stops listening.
  server.close(1);
  connection.send("two\n");
  run_until(io_, [&] { return server.accepted() == 3 && server.received(2) == "one\ntwo\n"; });
  EXPECT_EQ(health().delivered_reports, 2U);
}

TEST_F(StreamConnectionTest, AnEndThatAlwaysHangsUpDoesNotGetAReportForEver) {
  const TempDir state;
  options_.spool = {state.path() + "/spool", 1 << 20};
  TcpServer server(io_);
  StreamConnection& connection = connect(server.port());
  connection.send("one\n");
  for (std::size_t times = 0; times < 8; ++times) {
    run_until(io_, [&] { return server.accepted() == times + 1 && server.received(times) == "one\n"; });
    run_until(io_, [&] { return health().delivered_reports == 1 && unacknowledged_bytes() == 0; });
    server.close(times);
  }
  run_until(io_, [&] { return health().dropped_unread == 1; });
  EXPECT_EQ(health().delivered_reports, 0U);
  EXPECT_EQ(accounted(), 1U);
  EXPECT_THAT(health().last_error, HasSubstr("perhaps nobody reads there"));
  std::ifstream log(options_.spool.directory + "/refused.log");
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(log), {}),
              testing::EndsWith("acknowledged 8 times, and the connection was lost each time\tone\\n\n"));
  connection.send("two\n");
  // A witness may go before it.
  run_until(io_, [&] { return server.accepted() == 9 && server.received(8).ends_with("two\n"); });
}

TEST_F(StreamConnectionTest, ForgetsABatchAfterTheRedoWindow) {
  options_.redo_window = 1ms;
  TcpServer server(io_);
  StreamConnection& connection = connect(server.port());
  connection.send("one\n");
  run_until(io_, [&] { return server.received() == "one\n"; });
  connection.send("two\n");
  run_until(io_, [&] { return health().delivered_reports == 2; });
  const auto after_the_window = std::chrono::steady_clock::now() + 20ms;
  run_until(io_, [&] { return std::chrono::steady_clock::now() > after_the_window; });
  server.close(0);
  run_until(io_, [&] { return !health().last_error.empty(); });
  connection.send("three\n");
  run_until(io_, [&] { return server.accepted() == 2 && server.received(1) == "three\n"; });
}

TEST_F(StreamConnectionTest, NoticesAtOnceWhenTheOtherEndIsGone) {
  TcpServer server(io_);
  StreamConnection& connection = connect(server.port());
  run_until(io_, [&] { return server.accepted() == 1; });
  server.close(0);
  run_until(io_, [&] { return !health().last_error.empty(); });
  EXPECT_THAT(health().last_error, HasSubstr("closed by the other end"));
  connection.send("one\n");
  run_until(io_, [&] { return server.accepted() == 2 && server.received(1) == "one\n"; });
}

TEST_F(StreamConnectionTest, AnEndThatNeverReadsCostsNobodyAnything) {
  TcpServer server(io_);
  server.stop_reading();
  options_.connect.stall_timeout = 300ms;
  StreamConnection& connection = connect(server.port());
  // 200 numbered batches of 100 KB: twenty times what the queue takes.
  const auto batch = [](int number) { return fmt::format("{}{:x>100000}\n", number, ""); };
  auto longest = std::chrono::steady_clock::duration::zero();
  for (int i = 0; i < 200; ++i) {
    const auto before = std::chrono::steady_clock::now();
    connection.send(batch(i));
    longest = std::max(longest, std::chrono::steady_clock::now() - before);
    io_.poll();
    ASSERT_LE(health().queued_bytes, options_.queue_bytes);
  }
  EXPECT_LT(longest, 100ms);
  EXPECT_GT(health().dropped_reports, 0U);
  EXPECT_EQ(accounted(), 200U);
  // The kernel gives up a window that stays shut.
  run_until(io_, [&] { return health().retried >= 1; });

  // What is still queued arrives in full, and the newest is among it.
  server.start_reading();
  run_until(io_, [&] { return health().queued_bytes == 0; });
  run_until(io_, [&] { return server.received(server.accepted() - 1).ends_with(batch(199)); });
  EXPECT_EQ(accounted(), 200U);
}

TEST_F(StreamConnectionTest, TheRecordAtWhichItsServerHangsUpIsRefusedAloneHoweverSmall) {
  const TempDir state;
  options_.spool = {state.path() + "/spool", 1 << 20};
  TcpServer server(io_);
  server.hang_up_at("bad");
  StreamConnection& connection = connect(server.port());
  std::vector<std::string> reports;
  for (int report = 0; report < 3; ++report) {
    std::string lines;
    for (int i = 0; i < 20; ++i)
      lines += report == 1 && i == 13 ? "bad 1 1\n" : fmt::format("good.{}.{} 1 1\n", report, i);
    connection.send(lines);
    reports.push_back(lines);
  }
  run_until(io_, [&] { return health().refused == 1; });
  run_until(io_, [&] { return health().delivered_reports == 3 && health().queued_bytes == 0; });
  EXPECT_EQ(health().dropped_reports, 0U);
  EXPECT_EQ(accounted(), 3U);
  // On the connection that lives all of it arrives once more.
  reports[1].erase(reports[1].find("bad 1 1\n"), 8);
  run_until(io_, [&] { return server.received(server.accepted() - 1).ends_with(reports[1] + reports[2]); });
  EXPECT_THAT(server.received(), HasSubstr(reports[0]));
  std::ifstream log(options_.spool.directory + "/refused.log");
  const std::string refused(std::istreambuf_iterator<char>(log), {});
  EXPECT_THAT(refused, testing::EndsWith("hung up on it 5 times in a row, and took others\tbad 1 1\\n\n"));
  EXPECT_EQ(std::ranges::count(refused, '\n'), 1);
}

TEST_F(StreamConnectionTest, SoIsOneInAReportThatIsNeverAcknowledgedInFull) {
  options_.queue_bytes = 64 << 20;
  TcpServer server(io_);
  server.hang_up_at("bad");
  StreamConnection& connection = connect(server.port());
  const std::string line = std::string(65'535, 'x') + "\n";
  std::string report;
  for (int i = 0; i < 256; ++i) report += i == 100 ? "bad\n" : line;
  connection.send(report);
  run_until(io_, [&] { return health().refused == 1; });
  EXPECT_THAT(health().last_error, HasSubstr("hung up 5 times on the same record"));
  run_until(io_, [&] { return health().delivered_reports == 1; });
  EXPECT_EQ(health().dropped_reports, 0U);
}

TEST_F(StreamConnectionTest, AServerThatHangsUpWhateverComesCostsNoRecord) {
  options_.queue_bytes = 64 << 20;
  const std::string large = std::string(16 << 20, 'x') + "\n";
  TcpServer server(io_);
  server.reset_after(1);
  StreamConnection& connection = connect(server.port());
  connection.send(large + "small\n");
  run_until(io_,
            [&] { return server.accepted() > CulpritSearch::kMostFruitless + 3 * CulpritSearch::kHangUps; });
  EXPECT_EQ(health().refused, 0U);
  EXPECT_EQ(health().dropped_reports, 0U);
  EXPECT_EQ(health().delivered_reports, 0U);
  server.reset_after(SIZE_MAX);
  run_until(io_, [&] { return health().delivered_reports == 1; });
  run_until(io_, [&] { return server.received(server.accepted() - 1).ends_with(large + "small\n"); });
  EXPECT_EQ(accounted(), 1U);
}

TEST_F(StreamConnectionTest, WaitsBetweenAttempts) {
  options_.random = [] { return 0.999; };
  options_.backoff = {50ms, 100ms};
  ReservedPort port(io_);
  connect(port.number()).send("one\n");
  const auto before = std::chrono::steady_clock::now();
  run_until(io_, [&] { return health().retried == 3; });
  EXPECT_GE(std::chrono::steady_clock::now() - before, 240ms);
}

TEST_F(StreamConnectionTest, WaitsLessLongWithMuchToDeliver) {
  options_.random = [] { return 0.999; };
  options_.backoff = {.base = 1h, .cap = 1h, .least_cap = 50ms, .connecting = 0ms, .bytes_per_second = 1};
  ReservedPort port(io_);
  connect(port.number()).send(std::string(3600, 'x') + "\n");
  run_until(io_, [&] { return health().retried == 3; });
}

TEST_F(StreamConnectionTest, SaysWhenAReportIsLargerThanTheQueue) {
  TcpServer server(io_);
  options_.queue_bytes = 10;
  connect(server.port()).send("eleven bytes");
  EXPECT_EQ(health().dropped_reports, 1U);
  EXPECT_EQ(health().last_error,
            "a report of 12 bytes does not fit into the queue of 10 bytes; make it larger");
}

TEST_F(StreamConnectionTest, MayEndInAnyState) {
  TcpServer server(io_);
  server.stop_reading();
  options_.queue_bytes = 64 << 20;
  {
    StreamConnection connecting(io_, HostPort{"127.0.0.1", server.port()}, stream_options());
    connecting.send("x");
  }
  {
    StreamConnection resolving(io_, HostPort{std::string(70, 'h'), 1}, stream_options());
    resolving.send("x");
  }
  StreamConnection& writing = connect(server.port());
  writing.send(std::string(32 << 20, 'x'));
  run_until(io_, [&] { return server.accepted() >= 1; });
  connection_.reset();
  server.stop_listening();
  io_.restart();
  io_.run_for(20ms);
}

}  // namespace
}  // namespace squid
