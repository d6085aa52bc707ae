#include "statsd/console.h"

#include <gtest/gtest.h>

#include <boost/asio/write.hpp>
#include <string>

#include "statsd/console_server.h"
#include "support/tcp_server.h"

namespace squid::statsd {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class ConsoleTest : public testing::Test {
 protected:
  std::string ask(std::string_view line) { return console_.answer(line, started_s_ + 10).value_or("(gone)"); }

  const std::int64_t started_s_ = 1000;
  Server server_{Settings{}};
  Console console_{server_, {{"statsd > 0", ":8125"}, {"flush", "10s"}}, started_s_};
};

TEST_F(ConsoleTest, Talks) {
  EXPECT_TRUE(ask("help\r\n").starts_with("Commands: stats, counters, timers, gauges, sets, delcounters"));
  EXPECT_EQ(ask("config\n"), "\nstatsd > 0: :8125\nflush: 10s\n");
  EXPECT_EQ(ask("quit"), "(gone)");
  for (const char* wrong : {"", "\n", "nonsense", "HELP", "del", "delnonsense a", "helpme"})
    EXPECT_EQ(ask(wrong), "ERROR\n") << wrong;
}

TEST_F(ConsoleTest, TellsWhenSinksTookSomethingAndWhenTheyFailed) {
  console_.show_backends([] {
    return std::vector<Console::Backend>{{.name = "graphite", .last_flush_s = 1007, .last_exception_s = 0},
                                         {.name = "redis", .last_flush_s = 0, .last_exception_s = 1009}};
  });
  EXPECT_EQ(ask("stats"),
            "uptime: 10\nmessages.last_msg_seen: 10\nmessages.bad_lines_seen: 0\n"
            "graphite.last_flush: 3\ngraphite.last_exception: 10\n"
            "redis.last_flush: 10\nredis.last_exception: 1\nEND\n\n");
}

TEST_F(ConsoleTest, HealthIsWhatItWasSetTo) {
  EXPECT_EQ(ask("health"), "health: up\n");
  EXPECT_EQ(ask("health DOWN"), "health: down\n");
  EXPECT_EQ(ask("health sideways"), "health: down\n");
  EXPECT_EQ(ask("health up"), "health: up\n");
}

TEST_F(ConsoleTest, StatsAreSecondsAgo) {
  EXPECT_EQ(ask("stats"), "uptime: 10\nmessages.last_msg_seen: 10\nmessages.bad_lines_seen: 0\nEND\n\n");
  server_.shard().take("nonsense\na:1|c\nworse");
  EXPECT_NE(ask("stats").find("messages.bad_lines_seen: 2\n"), std::string::npos);
}

TEST_F(ConsoleTest, ShowsWhatIsHeld) {
  EXPECT_EQ(ask("counters"), "{}\nEND\n\n");
  server_.shard().take("web.hits:1.5|c\nplain:2|c\n9:1|c\nq:-7|g\nt:30|ms\nt:10|ms\nu:joe|s\nu:jane|s");
  EXPECT_EQ(ask("counters"), "{ '9': 1, plain: 2, 'web.hits': 1.5 }\nEND\n\n");
  EXPECT_EQ(ask("gauges"), "{ q: -7 }\nEND\n\n");
  EXPECT_EQ(ask("timers"), "{ t: [ 30, 10 ] }\nEND\n\n");
  EXPECT_EQ(ask("sets"), "{ u: 2 }\nEND\n\n");
}

TEST_F(ConsoleTest, WhatIsLongHasALineForEach) {
  server_.shard().take(
      "aaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaa:1|c\nbbbbbbbbbbbbbbbbbbbb.bbbbbbbbbbbbbbbbbbbb:2|c");
  EXPECT_EQ(ask("counters"),
            "{\n  'aaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaa': 1,\n"
            "  'bbbbbbbbbbbbbbbbbbbb.bbbbbbbbbbbbbbbbbbbb': 2\n}\nEND\n\n");
  for (int i = 0; i < 103; ++i) server_.shard().take("t:1|ms");
  const std::string timers = ask("timers");
  EXPECT_NE(timers.find("1, 1, ... 3 more items ]"), std::string::npos) << timers;
}

TEST_F(ConsoleTest, Deletes) {
  server_.shard().take("a.b:1|c\na.c:1|c\na.d.e:1|c\nab:1|c\nx:1|g\nt:1|ms\nu:joe|s");
  EXPECT_EQ(ask("delcounters ab nothing a.*"),
            "deleted: ab\nmetric nothing not found\ndeleted: a.b\ndeleted: a.c\ndeleted: a.d.e\nEND\n\n");
  EXPECT_EQ(ask("counters"), "{}\nEND\n\n");
  EXPECT_EQ(ask("delgauges x"), "deleted: x\nEND\n\n");
  EXPECT_EQ(ask("deltimers x t"), "metric x not found\ndeleted: t\nEND\n\n");
  EXPECT_EQ(ask("delsets u"), "deleted: u\nEND\n\n");
  EXPECT_EQ(ask("delsets"), "END\n\n");
  EXPECT_EQ(server_.window().keys(), 0U);
}

class ConsoleServerTest : public ConsoleTest {
 protected:
  void SetUp() override {
    auto socket = ListenSocket::open(
        {.transport = Transport::kTcp, .address = asio::ip::make_address("127.0.0.1"), .path = {}}, 0);
    ASSERT_TRUE(socket);
    auto opened = ConsoleServer::open(io_, *std::move(socket), console_);
    ASSERT_TRUE(opened);
    console_server_ = *std::move(opened);
  }
  tcp::socket connect() {
    tcp::socket client(io_);
    client.connect({asio::ip::make_address("127.0.0.1"), console_server_->port()});
    client.non_blocking(true);
    return client;
  }
  // Until the server closes, or `until` has come.
  std::string read(tcp::socket& client, const std::string& until) {
    std::string text;
    run_until(io_, [&] {
      char buffer[4096];
      boost::system::error_code error;
      text.append(buffer, client.read_some(asio::buffer(buffer), error));
      return (error && error != asio::error::would_block) || text.find(until) != std::string::npos;
    });
    return text;
  }

  asio::io_context io_;
  std::unique_ptr<ConsoleServer> console_server_;
};

TEST_F(ConsoleServerTest, AnswersLineAfterLine) {
  tcp::socket client = connect();
  asio::write(client, asio::buffer(std::string("health\nhealth down\n")));
  EXPECT_EQ(read(client, "down\n"), "health: up\nhealth: down\n");
  asio::write(client, asio::buffer(std::string("quit\nhealth\n")));
  EXPECT_EQ(read(client, "never"), "");
}

TEST_F(ConsoleServerTest, TheLastLineNeedsNoEnd) {
  tcp::socket client = connect();
  asio::write(client, asio::buffer(std::string("health")));
  client.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(read(client, "never"), "health: up\n");
}

TEST_F(ConsoleServerTest, ALineThatNeverEndsEndsTheConnection) {
  tcp::socket client = connect();
  client.non_blocking(false);
  asio::write(client, asio::buffer(std::string(ConsoleServer::kLongestLine + 1, 'x')));
  client.non_blocking(true);
  EXPECT_EQ(read(client, "never"), "");
}

TEST_F(ConsoleServerTest, OneTooManyEndsTheQuietest) {
  std::vector<tcp::socket> clients;
  const auto ask = [&](tcp::socket& client) {
    asio::write(client, asio::buffer(std::string("health\n")));
    return read(client, "\n");
  };
  for (std::size_t i = 0; i < ConsoleServer::kMostConnections; ++i) {
    clients.push_back(connect());
    EXPECT_EQ(ask(clients.back()), "health: up\n");
  }
  EXPECT_EQ(ask(clients[0]), "health: up\n") << "which makes the second one the quietest";
  clients.push_back(connect());
  EXPECT_EQ(ask(clients.back()), "health: up\n");
  EXPECT_EQ(read(clients[1], "never"), "") << "it is ended";
  EXPECT_EQ(ask(clients[0]), "health: up\n");
}

}  // namespace
}  // namespace squid::statsd
