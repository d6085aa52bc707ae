#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sink.h"
#include "support/report_builder.h"
#include "support/tcp_server.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

class RedisSinkTest : public testing::Test {
 protected:
  RedisSinkTest() {
    config_.prefix = "squid";
    config_.queue_bytes = 1 << 20;
  }
  Result<std::unique_ptr<Sink>> make(const char* kind, const std::string& address) {
    config_.address = address;
    return SinkRegistry::find(kind)->make(config_, io_);
  }
  std::string refused(const char* kind, const std::string& address) {
    const auto sink = make(kind, address);
    return sink ? "accepted" : sink.error().message;
  }
  static std::shared_ptr<const Report> report() {
    return std::make_shared<const Report>(
        ReportBuilder().container("web", "0123").point("pids.current", Stat::kLast, 3).build());
  }

  boost::asio::io_context io_;
  SinkConfig config_;
};

TEST_F(RedisSinkTest, WritesTheHashTheMessageAndTheStream) {
  TcpServer server(io_);
  const auto sink = make("redis", "//:secret@127.0.0.1:" + std::to_string(server.port()) + "/3?maxlen=7");
  ASSERT_TRUE(sink);
  (*sink)->deliver(report());
  const std::string greeting = "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n";
  run_until(io_, [&] { return server.received() == greeting; });
  server.answer(0, "+OK\r\n+OK\r\n");
  run_until(io_, [&] { return server.received().ends_with("pids.current.last\r\n$1\r\n3\r\n"); });
  EXPECT_THAT(server.received(), HasSubstr("\r\nstatsquid:0123\r\n"));
  EXPECT_THAT(server.received(), HasSubstr("$7\r\nPUBLISH\r\n$9\r\nstatsquid\r\n"));
  EXPECT_THAT(server.received(),
              HasSubstr("$17\r\nsquid:reports:db1\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$1\r\n7\r\n"));
  server.answer(0, ":1\r\n+OK\r\n:1\r\n:0\r\n");
  server.answer(0, "$15\r\n1700000000000-0\r\n");
  run_until(io_, [&] { return (*sink)->health().delivered_reports == 1; });
}

TEST_F(RedisSinkTest, NeedsWhatTopShows) {
  const auto sink = make("redis", "//127.0.0.1");
  ASSERT_TRUE(sink);
  bool needs_raw = false;
  for (const StatNeed& need : (*sink)->needs()) {
    EXPECT_NO_THROW(metric_named(need.metric)) << need.metric;
    needs_raw = needs_raw || (need.metric == "io.read_bytes" && need.stat == Stat::kRaw);
  }
  EXPECT_TRUE(needs_raw);
}

TEST_F(RedisSinkTest, SaysWhatIsWrongWithItsAddress) {
  EXPECT_THAT(refused("redis", "host"), HasSubstr("must begin with a scheme"));
  EXPECT_THAT(refused("redis", "//host/a"), HasSubstr("database 'a' is not a number from 0 to 65535"));
  EXPECT_THAT(refused("redis", "//host?maxlen=-1"), HasSubstr("maxlen '-1' is not a number"));
  EXPECT_THAT(refused("redis", "//host?ca=x"), HasSubstr("there is no option 'ca'"));
  EXPECT_THAT(refused("redis", "//joe@host"), HasSubstr("user without a password"));
  EXPECT_THAT(refused("rediss", "//host?ca=/nonexistent"),
              HasSubstr("cannot read certificates from '/nonexistent'"));
  EXPECT_THAT(refused("redis+unix", "redis.sock"), HasSubstr("write the path of a socket"));
  EXPECT_THAT(refused("redis+unix", "/" + std::string(200, 'x')), HasSubstr("at most 107 bytes"));
  EXPECT_THAT(refused("redis", "//joe:secret@host:x"), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace squid
