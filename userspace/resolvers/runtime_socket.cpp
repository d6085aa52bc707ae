#include "resolvers/runtime_socket.h"

#include <fmt/format.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <utility>

#include "resolvers/docker_config.h"

namespace squid {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::local::stream_protocol;

Result<Description> decode_answer(const http::response<http::string_body>& response) {
  if (response.result() == http::status::not_found)
    return Error{"the runtime knows no such container", ENOENT};
  if (response.result() != http::status::ok)
    return Error{fmt::format("the runtime answers with status {}", response.result_int())};
  auto description = parse_docker_config(response.body());
  if (!description) return Error{"the runtime's answer " + description.error().message};
  return description;
}

}  // namespace

// Keeps itself alive while it waits.
class RuntimeSocket::Call : public std::enable_shared_from_this<Call> {
 public:
  using Done = std::function<void(Result<Description>)>;

  Call(boost::asio::io_context& io, const std::string& id, Done done) : stream_(io), done_(std::move(done)) {
    request_.method(http::verb::get);
    request_.target(fmt::format("/containers/{}/json", id));
    request_.set(http::field::host, "localhost");
    request_.keep_alive(false);
    parser_.body_limit(kLongestAnswerBytes);
  }

  void abandon() {
    done_ = [](const Result<Description>&) {};
    stream_.cancel();
  }

  void start(const std::string& path, std::chrono::milliseconds timeout) {
    stream_.expires_after(timeout);
    stream_.async_connect(stream_protocol::endpoint(path),
                          [self = shared_from_this()](beast::error_code error) {
                            if (error) return self->finish(error);
                            self->write();
                          });
  }

 private:
  void write() {
    http::async_write(stream_, request_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return self->finish(error);
      self->read();
    });
  }
  void read() {
    http::async_read(
        stream_, buffer_, parser_,
        [self = shared_from_this()](beast::error_code error, std::size_t) { self->finish(error); });
  }
  void finish(const beast::error_code& error) {
    done_(error ? Result<Description>(Error{error.message()}) : decode_answer(parser_.get()));
  }

  beast::basic_stream<stream_protocol> stream_;
  http::request<http::empty_body> request_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  Done done_;
};

RuntimeSocket::RuntimeSocket(boost::asio::io_context& io, std::string path, std::chrono::milliseconds timeout)
    : io_(io), path_(std::move(path)), timeout_(timeout) {}

RuntimeSocket::~RuntimeSocket() {
  if (call_) call_->abandon();
}

void RuntimeSocket::ask(const std::string& id, Answer answer) {
  if (waiting_.size() == kMostWaiting) {
    boost::asio::post(io_, [answer = std::move(answer)] {
      answer(Error{fmt::format("--runtime-socket: more than {} containers wait for a name", kMostWaiting)});
    });
    return;
  }
  waiting_.push_back({id, std::move(answer)});
  if (waiting_.size() == 1) call_next();
}

void RuntimeSocket::call_next() {
  call_ = std::make_shared<Call>(io_, waiting_.front().id, [this](Result<Description> told) {
    if (!told)
      told = Error{fmt::format("--runtime-socket {}: {}", path_, told.error().message), told.error().code};
    const Question asked = std::move(waiting_.front());
    waiting_.pop_front();
    if (!waiting_.empty()) call_next();
    asked.answer(std::move(told));
  });
  call_->start(path_, timeout_);
}

}  // namespace squid
