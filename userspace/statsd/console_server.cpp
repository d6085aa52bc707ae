#include "statsd/console_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

namespace squid::statsd {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct ConsoleServer::Session {
  explicit Session(tcp::socket accepted) : socket(std::move(accepted)) {}
  tcp::socket socket;
  std::string input;
  std::string output;
  bool at_end = false;  // the client says nothing more
};

ConsoleServer::ConsoleServer(asio::io_context& io, ListenSocket socket, Console& console)
    : socket_(std::move(socket)), console_(console), acceptor_(io), timer_(io) {}

ConsoleServer::~ConsoleServer() = default;

Result<std::unique_ptr<ConsoleServer>> ConsoleServer::open(asio::io_context& io, ListenSocket socket,
                                                           Console& console) {
  std::unique_ptr<ConsoleServer> server(new ConsoleServer(io, std::move(socket), console));
  error_code error;
  server->acceptor_.assign(tcp::v6(), dup(server->socket_.descriptor()), error);
  if (error)
    return Error{fmt::format("cannot wait for {}: {}", server->socket_.text(), error.message()),
                 error.value()};
  server->accept();
  return server;
}

void ConsoleServer::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) return accept_later();
    // A client whose host is gone.
    socket.set_option(tcp::socket::keep_alive(true), error);
    sessions_.push_back(std::make_shared<Session>(std::move(socket)));
    read(sessions_.back());
    if (sessions_.size() > kMostConnections) end(std::shared_ptr(sessions_.front()));
    accept();
  });
}

// Out of descriptors, most likely.
void ConsoleServer::accept_later() {
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([this](error_code cancelled) {
    if (!cancelled) accept();
  });
}

void ConsoleServer::read(const std::shared_ptr<Session>& session) {
  asio::async_read_until(session->socket, asio::dynamic_buffer(session->input, kLongestLine), '\n',
                         [this, session](error_code error, std::size_t length) {
                           if (error == asio::error::operation_aborted) return;
                           session->at_end = error == asio::error::eof;
                           // The last line need not end.
                           if (session->at_end && !session->input.empty())
                             return answer(session, session->input.size());
                           if (error) return end(session);
                           answer(session, length);
                         });
}

void ConsoleServer::answer(const std::shared_ptr<Session>& session, std::size_t line_length) {
  const auto place = std::ranges::find(sessions_, session);
  // It was ended after the line had come, and before we were told of it.
  if (place == sessions_.end()) return;
  std::rotate(place, place + 1, sessions_.end());
  auto text = console_.answer(std::string_view(session->input).substr(0, line_length), std::time(nullptr));
  session->input.erase(0, line_length);
  if (!text) return end(session);
  session->output = *std::move(text);
  asio::async_write(session->socket, asio::buffer(session->output),
                    [this, session](error_code error, std::size_t) {
                      if (error == asio::error::operation_aborted) return;
                      // Asio does not tell of the end twice.
                      if (error || session->at_end) return end(session);
                      read(session);
                    });
}

void ConsoleServer::end(const std::shared_ptr<Session>& session) {
  error_code ignored;
  session->socket.close(ignored);
  std::erase(sessions_, session);
}

}  // namespace squid::statsd
