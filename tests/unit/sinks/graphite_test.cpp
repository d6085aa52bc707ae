#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/sink.h"
#include "sinks/encode/hash_ring.h"
#include "support/pickle_reader.h"
#include "support/report_builder.h"
#include "support/tcp_server.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GraphiteSinkTest : public testing::Test {
 protected:
  GraphiteSinkTest() {
    config_.prefix = "squid";
    config_.queue_bytes = 1 << 20;
  }
  Result<std::unique_ptr<Sink>> make(const char* kind = "graphite") {
    return SinkRegistry::find(kind)->make(config_, io_);
  }
  std::string refused() {
    const auto sink = make();
    return sink ? "accepted" : sink.error().message;
  }
  static std::string address_of(const TcpServer& server) {
    return "127.0.0.1:" + std::to_string(server.port());
  }
  static std::shared_ptr<const Report> report(double value) {
    return std::make_shared<const Report>(
        ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, value).build());
  }

  boost::asio::io_context io_;
  SinkConfig config_;
};

TEST_F(GraphiteSinkTest, SendsLines) {
  TcpServer server(io_);
  config_.address = std::to_string(server.port());
  const auto sink = make();
  ASSERT_TRUE(sink);
  (*sink)->deliver(report(3));
  (*sink)->deliver(report(4));
  run_until(io_, [&] { return (*sink)->health().delivered_reports == 2; });
  run_until(io_, [&] {
    return server.received() ==
           "squid.db1.web.pids.current.last 3 1700000000\n"
           "squid.db1.web.pids.current.last 4 1700000000\n";
  });
}

TEST_F(GraphiteSinkTest, UsesTheNameTemplate) {
  TcpServer server(io_);
  config_.address = "127.0.0.1:" + std::to_string(server.port());
  config_.name_template = "{metric}.{id}";
  const auto sink = make();
  ASSERT_TRUE(sink);
  (*sink)->deliver(report(3));
  run_until(io_, [&] { return server.received() == "pids.current.last.0123 3 1700000000\n"; });
}

TEST_F(GraphiteSinkTest, SendsPickle) {
  TcpServer server(io_);
  config_.address = std::to_string(server.port());
  const auto sink = make("graphite+pickle");
  ASSERT_TRUE(sink);
  (*sink)->deliver(report(3));
  (*sink)->deliver(report(4.5));
  const std::string name = "squid.db1.web.pids.current.last";
  // Of a whole number; the other one is four bytes longer.
  const std::size_t frame_bytes = 4 + 4 + 5 + name.size() + 5 + 5 + 2 + 2;
  run_until(io_, [&] { return server.received().size() == 2 * frame_bytes + 4; });
  EXPECT_EQ((*sink)->health().produced_reports, 2U);
  EXPECT_THAT(read_pickle_frames(server.received()),
              ElementsAre(ElementsAre(PickledPoint{name, 1'700'000'000, 3, true}),
                          ElementsAre(PickledPoint{name, 1'700'000'000, 4.5, false})));
}

TEST_F(GraphiteSinkTest, EachOfSeveralServersGetsAll) {
  TcpServer first(io_);
  TcpServer second(io_);
  config_.address = address_of(first) + "," + address_of(second);
  const auto sink = make();
  ASSERT_TRUE(sink);
  (*sink)->deliver(report(3));
  const std::string line = "squid.db1.web.pids.current.last 3 1700000000\n";
  run_until(io_, [&] { return first.received() == line && second.received() == line; });
  run_until(io_, [&] { return (*sink)->health().delivered_reports == 2; });
  EXPECT_EQ((*sink)->health().produced_reports, 2U);
}

TEST_F(GraphiteSinkTest, AServerThatIsDownCostsTheOthersNothing) {
  const TempDir state;
  TcpServer up(io_);
  std::string down;
  {
    const TcpServer closed(io_);
    down = address_of(closed);
  }
  config_.address = down + "," + address_of(up);
  config_.spool = {state.path() + "/spool", 1 << 20};
  {
    const auto sink = make();
    ASSERT_TRUE(sink);
    for (int i = 0; i < 3; ++i) (*sink)->deliver(report(i));
    run_until(io_, [&] {
      return (*sink)->health().delivered_reports == 3 && !(*sink)->health().last_error.empty();
    });
    const auto servers = (*sink)->health_by_server();
    ASSERT_EQ(servers.size(), 2U);
    EXPECT_EQ(servers[0].first, down);
    EXPECT_EQ(servers[0].second.delivered_reports, 0U);
    EXPECT_EQ(servers[1].second.delivered_reports, 3U);
    EXPECT_EQ(servers[1].second.last_error, "");
    EXPECT_THAT((*sink)->health().last_error, HasSubstr(down));
  }
  // What it did not get waits for it, and for nobody else.
  const auto again = make();
  ASSERT_TRUE(again);
  io_.restart();
  io_.poll();
  EXPECT_EQ((*again)->health_by_server()[0].second.recovered_reports, 3U);
  EXPECT_EQ((*again)->health_by_server()[1].second.recovered_reports, 0U);
}

TEST_F(GraphiteSinkTest, ServersShareTheMemory) {
  TcpServer first(io_);
  TcpServer second(io_);
  config_.address = address_of(first) + "," + address_of(second);
  const std::size_t line_bytes = std::string_view("squid.db1.web.pids.current.last 3 1700000000\n").size();
  config_.queue_bytes = 2 * line_bytes - 1;
  const auto sink = make();
  ASSERT_TRUE(sink);
  (*sink)->deliver(report(3));
  EXPECT_EQ((*sink)->health().dropped_too_large, 2U);
}

TEST_F(GraphiteSinkTest, WithARingEachSeriesHasOneServer) {
  TcpServer first(io_);
  TcpServer second(io_);
  config_.address = address_of(first) + ":a," + address_of(second) + ":b?relay=consistent-hashing";
  ReportBuilder builder;
  std::string expected_first;
  std::string expected_second;
  const auto ring = HashRing::of({{"127.0.0.1", "a"}, {"127.0.0.1", "b"}});
  for (int i = 0; i < 100; ++i) {
    const std::string container = "web" + std::to_string(i);
    builder.container(container, std::to_string(1000 + i)).point("pids.current", Stat::kLast, i);
    const std::string name = "squid.db1." + container + ".pids.current.last";
    (ring->server_of(name) == 0 ? expected_first : expected_second) +=
        name + ' ' + std::to_string(i) + " 1700000000\n";
  }
  const auto sink = make();
  ASSERT_TRUE(sink);
  (*sink)->deliver(std::make_shared<const Report>(builder.build()));
  run_until(io_, [&] { return first.received() == expected_first && second.received() == expected_second; });
}

TEST_F(GraphiteSinkTest, OneServerNeedsNoRowOfItsOwn) {
  TcpServer server(io_);
  config_.address = address_of(server);
  const auto sink = make();
  ASSERT_TRUE(sink);
  EXPECT_THAT((*sink)->health_by_server(), IsEmpty());
}

TEST_F(GraphiteSinkTest, CountsWhatItCannotCarry) {
  TcpServer server(io_);
  config_.address = std::to_string(server.port());
  const auto sink = make();
  ASSERT_TRUE(sink);
  (*sink)->deliver(report(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ((*sink)->health().dropped_points, 1U);
  EXPECT_EQ((*sink)->health().dropped_reports, 0U);
}

TEST_F(GraphiteSinkTest, ADeadServerNeverHoldsUpDelivery) {
  // A listener whose queue is full: attempts to connect hang.
  boost::asio::ip::tcp::acceptor deaf(io_, boost::asio::ip::tcp::v4());
  deaf.bind({boost::asio::ip::address_v4::loopback(), 0});
  deaf.listen(0);
  boost::asio::ip::tcp::socket filler(io_);
  filler.connect(deaf.local_endpoint());
  config_.address = std::to_string(deaf.local_endpoint().port());
  config_.queue_bytes = 1000;
  const auto sink = make();
  ASSERT_TRUE(sink);
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    (*sink)->deliver(report(i));
    io_.poll();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
  const SinkHealth health = (*sink)->health();
  EXPECT_EQ(health.delivered_reports, 0U);
  EXPECT_EQ(health.queued_reports + health.dropped_reports, 1000U);
  EXPECT_LE(health.queued_bytes, 1000U);
}

TEST_F(GraphiteSinkTest, SaysWhatIsWrongWithItsConfiguration) {
  config_.address = "host:port";
  EXPECT_THAT(refused(), HasSubstr("'host:port' is not an address: write host:port"));
  config_.address = "2003?ca=/etc/ca.pem";
  EXPECT_THAT(refused(), HasSubstr("there is no option 'ca' in such an address; there are relay"));
  config_.address = "2003";
  config_.name_template = "{metric}";
  EXPECT_THAT(refused(), HasSubstr("needs {container} or {id}"));
}

}  // namespace
}  // namespace squid
