// ConsoleServer: the management console's connections. A line in, its answer out, one after the other.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/result.h"
#include "statsd/console.h"
#include "statsd/listen_socket.h"

namespace squid::statsd {

class ConsoleServer {
 public:
  static constexpr std::size_t kMostConnections = 16;  // one more ends the quietest
  static constexpr std::size_t kLongestLine = 65536;   // one that is longer ends the connection

  static Result<std::unique_ptr<ConsoleServer>> open(boost::asio::io_context& io, ListenSocket socket,
                                                     Console& console);
  ConsoleServer(const ConsoleServer&) = delete;
  ConsoleServer& operator=(const ConsoleServer&) = delete;
  ~ConsoleServer();

  std::uint16_t port() const { return socket_.port(); }

 private:
  struct Session;

  ConsoleServer(boost::asio::io_context& io, ListenSocket socket, Console& console);
  void accept();
  void accept_later();
  void read(const std::shared_ptr<Session>& session);
  void answer(const std::shared_ptr<Session>& session, std::size_t line_length);
  void end(const std::shared_ptr<Session>& session);

  ListenSocket socket_;
  Console& console_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  std::vector<std::shared_ptr<Session>> sessions_;  // the quietest first
};

}  // namespace squid::statsd
