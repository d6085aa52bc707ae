#include "net/http_server.h"

#include <gtest/gtest.h>

#include <boost/asio/write.hpp>
#include <string>

#include "support/tcp_server.h"

namespace squid {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class HttpServerTest : public testing::Test {
 protected:
  void open(const HttpServer::Limits& limits = {}) {
    auto server = HttpServer::open(io_, acceptor_.native_handle(), limits, [](std::string_view target) {
      if (target != "/here") return HttpAnswer{.status = 404, .body = "no"};
      return HttpAnswer{.status = 200, .body = "{\"a\": 1}\n"};
    });
    ASSERT_TRUE(server);
    server_ = *std::move(server);
  }
  tcp::socket connect() {
    tcp::socket client(io_);
    client.connect({asio::ip::make_address("127.0.0.1"), acceptor_.local_endpoint().port()});
    return client;
  }
  // All that comes until the server closes, or until `until` has come.
  std::string read(tcp::socket& client, const std::string& until = "never") {
    client.non_blocking(true);
    std::string text;
    bool closed = false;
    run_until(io_, [&] {
      char buffer[4096];
      boost::system::error_code error;
      const std::size_t size = client.read_some(asio::buffer(buffer), error);
      text.append(buffer, size);
      closed = error && error != asio::error::would_block;
      return closed || text.find(until) != std::string::npos;
    });
    client.non_blocking(false);
    return text;
  }
  std::string ask(const std::string& request) {
    tcp::socket client = connect();
    asio::write(client, asio::buffer(request));
    return read(client);
  }
  static void expect_status(const std::string& response, const std::string& status) {
    EXPECT_EQ(response.substr(0, response.find('\r')), "HTTP/1.1 " + status);
    EXPECT_NE(response.find("Content-Type: application/json\r\n"), std::string::npos) << response;
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, Answers) {
  open();
  const std::string found = ask("GET /here HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  expect_status(found, "200 OK");
  EXPECT_NE(found.find("Content-Length: 9\r\n"), std::string::npos);
  EXPECT_TRUE(found.ends_with("\r\n\r\n{\"a\": 1}\n"));
  expect_status(ask("GET /there HTTP/1.0\r\n\r\n"), "404 Not Found");
  const std::string post = ask("POST /here HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
  expect_status(post, "405 Method Not Allowed");
  EXPECT_NE(post.find("Allow: GET\r\n"), std::string::npos);
  expect_status(ask("DELETE /here HTTP/1.1\r\n\r\n"), "405 Method Not Allowed");
}

TEST_F(HttpServerTest, OneConnectionTakesManyRequests) {
  open();
  tcp::socket client = connect();
  for (int i = 0; i < 3; ++i) {
    asio::write(client, asio::buffer(std::string("GET /here HTTP/1.1\r\n\r\n")));
    EXPECT_TRUE(read(client, "1}\n").starts_with("HTTP/1.1 200 OK"));
  }
}

TEST_F(HttpServerTest, WhatIsNoRequestIsRefused) {
  open();
  expect_status(ask("nonsense\r\n\r\n"), "400 Bad Request");
  expect_status(ask("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n\r\n"),
                "431 Request Header Fields Too Large");
}

TEST_F(HttpServerTest, WhoSaysNothingIsNotWaitedForForEver) {
  open({.connections = 1, .patience = std::chrono::milliseconds(50)});
  tcp::socket silent = connect();
  tcp::socket next = connect();
  asio::write(next, asio::buffer(std::string("GET /here HTTP/1.1\r\nConnection: close\r\n\r\n")));
  expect_status(read(next), "200 OK");
  EXPECT_EQ(read(silent), "");
}

TEST_F(HttpServerTest, ItsEndLeavesNobodyWaiting) {
  open();
  tcp::socket client = connect();
  asio::write(client, asio::buffer(std::string("GET /here HTTP/1.1\r\n\r\n")));
  read(client, "1}\n");
  server_.reset();
  asio::write(client, asio::buffer(std::string("GET /here HTTP/1.1\r\n\r\n")));
  EXPECT_EQ(read(client), "");
}

}  // namespace
}  // namespace squid
