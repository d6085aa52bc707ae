#include "net/http_server.h"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <utility>

namespace squid {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// Sessions hold the listener, so it outlives the HttpServer until the last of them has ended.
class HttpServer::Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& io, const Limits& limits, Answer answer)
      : acceptor_(io), timer_(io), limits_(limits), answer_(std::move(answer)) {}

  error_code listen(int descriptor) {
    error_code error;
    acceptor_.assign(tcp::v6(), dup(descriptor), error);
    if (!error) accept();
    return error;
  }
  void stop() {
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    answer_ = nullptr;
  }

 private:
  class Session;

  void accept();
  void accept_later();
  void ended() {
    if (sessions_-- == limits_.connections && acceptor_.is_open()) accept();
  }

  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  Limits limits_;
  Answer answer_;
  std::size_t sessions_ = 0;
};

class HttpServer::Listener::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Listener> listener, tcp::socket socket)
      : listener_(std::move(listener)), stream_(std::move(socket)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { listener_->ended(); }

  void read() {
    parser_.emplace();
    parser_->header_limit(listener_->limits_.header_bytes);
    stream_.expires_after(listener_->limits_.patience);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) { self->answer(error); });
  }

 private:
  void answer(error_code error) {
    if (!listener_->answer_) return;
    const auto& request = parser_->get();
    if (!error && request.method() == http::verb::get)
      return write(listener_->answer_({request.target().data(), request.target().size()}),
                   request.keep_alive());
    if (!error || error == http::error::unexpected_body)
      return write({.status = 405, .body = "{\"error\": \"only GET without a body is answered\"}\n"}, false);
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
      return write({.status = 431, .body = "{\"error\": \"the request is too long\"}\n"}, false);
    // Whatever else Beast finds in a request; all other errors are those of the connection.
    if (error.category() == http::make_error_code(http::error::bad_version).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message)
      write({.status = 400, .body = "{\"error\": \"this is no HTTP request\"}\n"}, false);
  }

  void write(HttpAnswer answer, bool keep_alive) {
    auto response = std::make_shared<http::response<http::string_body>>(
        static_cast<http::status>(answer.status), 11, std::move(answer.body));
    response->set(http::field::content_type, "application/json");
    response->set(http::field::cache_control, "no-store");
    if (answer.status == 405) response->set(http::field::allow, "GET");
    response->keep_alive(keep_alive);
    response->prepare_payload();
    stream_.expires_after(listener_->limits_.patience);
    http::async_write(stream_, *response,
                      [self = shared_from_this(), response](error_code error, std::size_t) {
                        if (error) return;
                        if (response->keep_alive()) return self->read();
                        error_code ignored;
                        self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                      });
  }

  std::shared_ptr<Listener> listener_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{65536};
  std::optional<http::request_parser<http::empty_body>> parser_;
};

void HttpServer::Listener::accept() {
  acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !self->acceptor_.is_open()) return;
    if (error) return self->accept_later();
    ++self->sessions_;
    std::make_shared<Session>(self, std::move(socket))->read();
    if (self->sessions_ < self->limits_.connections) self->accept();
  });
}

// Out of descriptors, most likely.
void HttpServer::Listener::accept_later() {
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled && self->acceptor_.is_open()) self->accept();
  });
}

HttpServer::HttpServer(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}

HttpServer::~HttpServer() {
  listener_->stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(asio::io_context& io, int listening,
                                                     const Limits& limits, Answer answer) {
  auto listener = std::make_shared<Listener>(io, limits, std::move(answer));
  if (const error_code error = listener->listen(listening); error)
    return Error{"cannot wait for HTTP requests: " + error.message(), error.value()};
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(listener)));
}

}  // namespace squid
