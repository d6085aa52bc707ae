// HttpServer: answers small requests of people and scripts, one function for all of them. It has no body to
// read, no files to serve and no state; every request, connection and time has a bound.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace boost::asio {
class io_context;
}

namespace squid {

struct HttpAnswer {
  unsigned status = 200;
  std::string body;  // JSON
};

class HttpServer {
 public:
  struct Limits {
    std::size_t connections = 64;  // more of them wait
    std::uint32_t header_bytes = 8192;
    // Between two requests, for one, and for its answer.
    std::chrono::milliseconds patience = std::chrono::seconds(10);
  };
  // `target` is what stands behind the host name: "/1?x=y". Only of GET; other methods are refused.
  using Answer = std::function<HttpAnswer(std::string_view target)>;

  // `listening` is a TCP socket, and stays the caller's.
  static Result<std::unique_ptr<HttpServer>> open(boost::asio::io_context& io, int listening,
                                                  const Limits& limits, Answer answer);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

 private:
  class Listener;
  explicit HttpServer(std::shared_ptr<Listener> listener);
  std::shared_ptr<Listener> listener_;
};

}  // namespace squid
