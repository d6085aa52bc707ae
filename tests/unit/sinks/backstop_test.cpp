#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sink.h"
#include "support/report_builder.h"
#include "support/tcp_server.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

class BackstopSinkTest : public testing::Test {
 protected:
  BackstopSinkTest() {
    config_.prefix = "squid";
    config_.queue_bytes = 1 << 20;
  }
  Result<std::unique_ptr<Sink>> make(const std::string& address) {
    config_.address = address;
    return SinkRegistry::find("backstop")->make(config_, io_);
  }
  std::string refused(const std::string& address) {
    const auto sink = make(address);
    return sink ? "accepted" : sink.error().message;
  }
  static std::shared_ptr<const Report> report(double value) {
    return std::make_shared<const Report>(
        ReportBuilder().container("web", "0123").point("memory.usage", Stat::kLast, value).build());
  }
  std::string url(const TcpServer& server, const std::string& rest) const {
    return "http://joe:secret@127.0.0.1:" + std::to_string(server.port()) + rest;
  }

  boost::asio::io_context io_;
  SinkConfig config_;
};

TEST_F(BackstopSinkTest, PostsAReport) {
  TcpServer server(io_);
  const auto sink = make(url(server, "/publish/docker"));
  ASSERT_TRUE(sink);
  (*sink)->deliver(report(4096));
  run_until(io_, [&] {
    return server.received().ends_with(
        "\r\n\r\n[{\"metric\":\"squid.db1.web.memory.usage.last\",\"value\":4096,\"measure_time\":1700000000}"
        "]");
  });
  EXPECT_THAT(server.received(), HasSubstr("POST /publish/docker HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(server.received(), HasSubstr("Authorization: Basic am9lOnNlY3JldA==\r\n"));
  server.answer(0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  run_until(io_, [&] { return (*sink)->health().delivered_reports == 1; });
}

TEST_F(BackstopSinkTest, SendsAgainWhatGot200JustBeforeAFailure) {
  TcpServer server(io_);
  const auto sink = make(url(server, "/publish/docker"));
  ASSERT_TRUE(sink);
  (*sink)->deliver(report(1));
  run_until(io_, [&] { return server.received().ends_with("}]"); });
  server.answer(0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  run_until(io_, [&] { return (*sink)->health().delivered_reports == 1; });
  (*sink)->deliver(report(2));
  run_until(io_, [&] { return server.received().ends_with("\"value\":2,\"measure_time\":1700000000}]"); });
  server.answer(0, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
  run_until(io_, [&] { return server.accepted() == 2 && server.received(1).ends_with("}]"); });
  EXPECT_THAT(server.received(1), HasSubstr("\"value\":1,"));
}

TEST_F(BackstopSinkTest, SendsOnlyTheNamesOfDockerStatsIfAsked) {
  TcpServer server(io_);
  const auto sink = make(url(server, "/publish/docker?names=docker-stats"));
  ASSERT_TRUE(sink);
  EXPECT_EQ((*sink)->needs().size(), 16U);
  (*sink)->deliver(report(4096));
  run_until(io_, [&] { return server.received().ends_with("}]"); });
  EXPECT_THAT(server.received(), HasSubstr("{\"metric\":\"web.memory.usage\",\"value\":4096,"));
  EXPECT_THAT(server.received(), HasSubstr("POST /publish/docker HTTP"));
}

TEST_F(BackstopSinkTest, ItsOwnNamesCountMoreThanThoseOfAllSinks) {
  config_.names = "docker-stats";
  EXPECT_EQ((*make("http://host/"))->needs().size(), 16U);
  EXPECT_TRUE((*make("http://host/?names=all"))->needs().empty());
}

TEST_F(BackstopSinkTest, AsksAProxyForTheWholeAddress) {
  TcpServer proxy(io_);
  const auto sink = make("http://joe:secret@backstop.invalid/publish/docker?proxy=http://p:w@127.0.0.1:" +
                         std::to_string(proxy.port()));
  ASSERT_TRUE(sink) << sink.error().message;
  (*sink)->deliver(report(4096));
  run_until(io_, [&] { return proxy.received().ends_with("}]"); });
  EXPECT_THAT(proxy.received(), HasSubstr("POST http://backstop.invalid/publish/docker HTTP/1.1\r\nHost: "
                                          "backstop.invalid\r\n"));
  EXPECT_THAT(proxy.received(), HasSubstr("Proxy-Authorization: Basic cDp3\r\n"));
  const auto servers = (*sink)->health_by_server();
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(servers[0].first,
            "backstop.invalid:80 through the proxy 127.0.0.1:" + std::to_string(proxy.port()));
  proxy.answer(0, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
  run_until(io_, [&] { return !(*sink)->health().last_error.empty(); });
  EXPECT_EQ((*sink)->health().last_error, servers[0].first + ": answered 502 Bad Gateway");
  run_until(io_, [&] { return proxy.accepted() == 2; });
}

TEST_F(BackstopSinkTest, ItsOwnProxyCountsMoreThanTheEnvironment) {
  TcpServer server(io_);
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  const auto by_environment = make(url(server, "/publish/docker"));
  const auto without = make(url(server, "/publish/docker?proxy=none"));
  unsetenv("http_proxy");
  ASSERT_TRUE(by_environment);
  EXPECT_EQ((*by_environment)->health_by_server().size(), 1U);
  ASSERT_TRUE(without);
  EXPECT_TRUE((*without)->health_by_server().empty());
  (*without)->deliver(report(4096));
  run_until(io_, [&] { return server.received().ends_with("}]"); });
}

TEST_F(BackstopSinkTest, SaysWhatIsWrongWithItsAddress) {
  EXPECT_THAT(refused("host/publish/x"), HasSubstr("write backstop:http://host/publish/name"));
  EXPECT_THAT(refused("http://host/?names=some"), HasSubstr("there are no names 'some'"));
  EXPECT_THAT(refused("http://host/?ca=file"), HasSubstr("there is no option 'ca'"));
  EXPECT_THAT(refused("https://host/?ca=/nonexistent"), HasSubstr("cannot read certificates"));
  EXPECT_THAT(refused("http://host/?gzip=1"), HasSubstr("write gzip=yes or gzip=no"));
  EXPECT_THAT(refused("http://host/?proxy=joe:secret@p"), HasSubstr("write proxy=none or proxy=http://"));
  EXPECT_THAT(refused("http://host/?proxy=http://joe:secret@p:x"), Not(HasSubstr("secret")));
  EXPECT_THAT(refused("http://host/a\r\nX: y"), HasSubstr("write it as %20"));
  EXPECT_THAT(refused("http://joe:secret@host:x/"), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace squid
