#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/sink.h"
#include "support/report_builder.h"
#include "support/tcp_server.h"

namespace squid {
namespace {

using testing::HasSubstr;

class GraphiteSinkTest : public testing::Test {
 protected:
  GraphiteSinkTest() {
    config_.prefix = "squid";
    config_.queue_bytes = 1 << 20;
  }
  Result<std::unique_ptr<Sink>> make() { return SinkRegistry::find("graphite")->make(config_, io_); }
  std::string refused() {
    const auto sink = make();
    return sink ? "accepted" : sink.error().message;
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
  EXPECT_THAT(refused(), HasSubstr("--sink graphite: 'host:port' is not an address: write host:port"));
  config_.address = "2003";
  config_.name_template = "{metric}";
  EXPECT_THAT(refused(), HasSubstr("needs {container} or {id}"));
}

}  // namespace
}  // namespace squid
