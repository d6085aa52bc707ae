// TcpServer: the other end of a connection, on loopback, with the manners that a test wants of it. Runs on
// the test's own io_context: no threads, no sleeps.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace squid {

// Runs `io` until `condition` holds; a failure of the test if that takes too long.
template <typename Condition>
void run_until(boost::asio::io_context& io, Condition condition,
               std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  io.restart();
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it did not happen in time";
    io.run_one_for(std::chrono::milliseconds(10));
  }
}

class TcpServer {
 public:
  using tcp = boost::asio::ip::tcp;

  // Accepts and reads everything unless told otherwise.
  explicit TcpServer(boost::asio::io_context& io, std::uint16_t port = 0)
      : acceptor_(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port)) {
    accept();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::size_t accepted() const { return clients_.size(); }
  std::size_t open() const {
    std::size_t count = 0;
    for (const auto& client : clients_) count += client->socket.is_open() ? 1 : 0;
    return count;
  }
  // Of one connection, or of all of them in the order they were accepted.
  const std::string& received(std::size_t client) const { return clients_.at(client)->received; }
  std::string received() const {
    std::string all;
    for (const auto& client : clients_) all += client->received;
    return all;
  }

  // From now on, of every connection.
  void stop_reading() { reading_ = false; }
  void start_reading() {
    reading_ = true;
    for (const auto& client : clients_) read(client);
  }
  // Hang up after so many bytes of each connection: a reset, because bytes are left unread.
  void reset_after(std::size_t bytes) { reset_after_ = bytes; }

  // Hang up on whoever says this, as soon as it is read; what came before it counts as received.
  void hang_up_at(std::string text) { hang_up_at_ = std::move(text); }

  void answer(std::size_t client, std::string_view text) {
    boost::asio::write(clients_.at(client)->socket, boost::asio::buffer(text));
  }
  void close(std::size_t client) { clients_.at(client)->socket.close(); }
  void reset(std::size_t client) {
    clients_.at(client)->socket.set_option(boost::asio::socket_base::linger(true, 0));
    clients_.at(client)->socket.close();
  }
  void stop_listening() { acceptor_.close(); }

 private:
  struct Client {
    explicit Client(tcp::socket accepted) : socket(std::move(accepted)) {}
    tcp::socket socket;
    std::string received;
    std::array<char, 65536> buffer{};
    bool pending = false;
  };

  std::size_t find_bad(const Client& client) const {
    return hang_up_at_.empty() ? std::string::npos : client.received.find(hang_up_at_);
  }

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (error) return;
      clients_.push_back(std::make_shared<Client>(std::move(socket)));
      read(clients_.back());
      accept();
    });
  }

  void read(const std::shared_ptr<Client>& client) {
    if (!reading_ || client->pending || !client->socket.is_open()) return;
    client->pending = true;
    const std::size_t most = std::min(client->buffer.size(), reset_after_ - client->received.size());
    client->socket.async_read_some(boost::asio::buffer(client->buffer.data(), most),
                                   [this, client](boost::system::error_code error, std::size_t size) {
                                     client->pending = false;
                                     client->received.append(client->buffer.data(), size);
                                     if (error) {
                                       client->socket.close();
                                       return;
                                     }
                                     if (const std::size_t said = find_bad(*client);
                                         said != std::string::npos) {
                                       client->received.resize(said);
                                       client->socket.close();
                                       return;
                                     }
                                     if (client->received.size() >= reset_after_) {
                                       client->socket.set_option(boost::asio::socket_base::linger(true, 0));
                                       client->socket.close();
                                       return;
                                     }
                                     read(client);
                                   });
  }

  tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Client>> clients_;
  bool reading_ = true;
  std::size_t reset_after_ = SIZE_MAX;
  std::string hang_up_at_;
};

}  // namespace squid
