#include "net/proxy_tunnel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/connector.h"
#include "support/tcp_server.h"

namespace squid {
namespace {

using testing::HasSubstr;

TEST(ProxyTunnel, AsksForTheServer) {
  EXPECT_EQ(
      tunnel_request({"backstop.example", 443}, {.address = {"p", 1}, .user = "joe", .password = "secret"}),
      "CONNECT backstop.example:443 HTTP/1.1\r\nHost: backstop.example:443\r\nUser-Agent: "
      "squid-bpf/0.1.0\r\nProxy-Authorization: Basic am9lOnNlY3JldA==\r\n\r\n");
  EXPECT_EQ(tunnel_request({"::1", 443}, {.address = {"p", 1}}),
            "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nUser-Agent: squid-bpf/0.1.0\r\n\r\n");
}

TEST(ProxyTunnel, Only2xxIsATunnel) {
  const auto judged = [](std::string_view answer) {
    const auto result = judge_tunnel_answer(answer);
    return result ? "open" : result.error().message;
  };
  EXPECT_EQ(judged("HTTP/1.1 200 Connection established\r\n\r\n"), "open");
  EXPECT_EQ(judged("HTTP/1.0 200\r\n\r\n"), "open");
  EXPECT_EQ(judged("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
            "the proxy answered 407 Proxy Authentication Required; check its user and password");
  EXPECT_EQ(judged("HTTP/1.1 502 Bad Gateway\r\nX: y\r\n\r\n"), "the proxy answered 502 Bad Gateway");
  EXPECT_EQ(judged("HTTP/1.1 504\r\n\r\n"), "the proxy answered 504");
  for (const char* other : {"", "\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "SSH-2.0-x\r\n\r\n",
                            "HTTP/1.1 abc\r\n\r\n"})
    EXPECT_EQ(judged(other), "the proxy does not speak HTTP") << other;
}

// A proxy on a Connector's way to a server that has to prove who it is.
class TunnelTest : public testing::Test {
 protected:
  TunnelTest() {
    Server server({"backstop.invalid", 443}, *open_tls(""));
    server.proxy = Proxy{.address = {"127.0.0.1", proxy_.port()}, .user = "", .password = ""};
    connector_ = std::make_unique<Connector>(io_, server, ConnectOptions{});
    connector_->connect([this](Result<std::shared_ptr<Channel>> opened) {
      refusal_ = opened ? "connected" : opened.error().message;
    });
    run_until(io_, [&] { return proxy_.accepted() == 1 && proxy_.received(0).ends_with("\r\n\r\n"); });
  }
  void wait_for_refusal(const std::string& why) {
    run_until(io_, [&] { return !refusal_.empty(); });
    EXPECT_EQ(refusal_, "cannot connect to backstop.invalid:443 through the proxy 127.0.0.1:" +
                            std::to_string(proxy_.port()) + ": " + why);
  }

  boost::asio::io_context io_;
  TcpServer proxy_{io_};
  std::unique_ptr<Connector> connector_;
  std::string refusal_;
};

TEST_F(TunnelTest, SpeaksTlsThroughItOnceItIsOpen) {
  const std::size_t asked = proxy_.received(0).size();
  proxy_.answer(0, "HTTP/1.1 200 ");
  proxy_.answer(0, "OK\r\n\r\n");
  // A TLS record with a ClientHello, which names the server.
  run_until(io_, [&] { return proxy_.received(0).size() > asked + 100; });
  EXPECT_EQ(proxy_.received(0)[asked], '\x16');
  EXPECT_THAT(proxy_.received(0), HasSubstr("backstop.invalid"));
}

TEST_F(TunnelTest, SaysWhatTheProxyAnswered) {
  proxy_.answer(0, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops");
  wait_for_refusal("the proxy answered 502 Bad Gateway");
}

TEST_F(TunnelTest, NoticesWhatIsNoProxy) {
  proxy_.answer(0, "HTTP/1.1 200 OK\r\n\r\nhello");
  wait_for_refusal("the proxy sends more than it was asked for");
}

TEST_F(TunnelTest, NeverReadsOnForEver) {
  proxy_.answer(0, std::string(20'000, 'x'));
  wait_for_refusal("the proxy does not speak HTTP");
}

TEST_F(TunnelTest, NoticesThatItHangsUp) {
  proxy_.close(0);
  wait_for_refusal("the proxy hung up");
}

}  // namespace
}  // namespace squid
