// Channel: an open stream of bytes to a server, over TCP, TLS or a Unix socket, and nothing that tells which.
// Handlers that are under way keep it alive.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <functional>
#include <memory>

#include "net/server.h"

namespace squid {

class Channel : public std::enable_shared_from_this<Channel> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Endpoint = boost::asio::generic::stream_protocol::endpoint;
  using Opened = std::function<void(Result<void>)>;
  using Done = std::function<void(boost::system::error_code, std::size_t)>;

  explicit Channel(boost::asio::io_context& io);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  // Connects to `endpoint`, which is the server's or its proxy's, and where the server is to prove who it is,
  // has it do so.
  void open(const Endpoint& endpoint, const Server& server, Opened opened);
  // One of each at a time.
  void read_some(boost::asio::mutable_buffer into, Done done);
  void write(boost::asio::const_buffer bytes, Done done);
  void close();

  int descriptor() { return socket_.native_handle(); }

 private:
  struct Tls;
  void pass_proxy(const Server& server, Opened opened);
  void shake_hands(const Server& server, Opened opened);

  Socket socket_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace squid
