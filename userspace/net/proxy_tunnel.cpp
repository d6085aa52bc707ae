#include "net/proxy_tunnel.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <memory>
#include <utility>

#include "core/version.h"

namespace squid {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kTunnelAnswerBytes = 16 * 1024;
constexpr std::string_view kHeaderEnd = "\r\n\r\n";

struct Talk {
  std::string request;
  std::string answer;
  std::function<void(Result<void>)> done;
};

Error failed(error_code error) {
  return Error{error == asio::error::eof ? "the proxy hung up"
                                         : fmt::format("the proxy: {}", error.message())};
}

void hear(const std::shared_ptr<Talk>& talk, error_code error, std::size_t size) {
  if (error == asio::error::not_found) return talk->done(Error{"the proxy does not speak HTTP"});
  if (error) return talk->done(failed(error));
  const auto judged = judge_tunnel_answer(std::string_view(talk->answer).substr(0, size));
  // Behind a tunnel it is on us to begin.
  if (judged && talk->answer.size() > size)
    return talk->done(Error{"the proxy sends more than it was asked for"});
  talk->done(judged);
}

}  // namespace

std::string tunnel_request(const HostPort& server, const Proxy& proxy) {
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nUser-Agent: squid-bpf/{1}\r\n",
                                    server.text(), kVersion);
  if (const std::string login = proxy.authorization(); !login.empty())
    request.append("Proxy-Authorization: ").append(login).append("\r\n");
  return request.append("\r\n");
}

Result<void> judge_tunnel_answer(std::string_view answer) {
  constexpr std::string_view kHttp = "HTTP/1.";
  constexpr std::size_t kStatusAt = kHttp.size() + 2;  // behind a digit and a blank
  const std::string_view line = answer.substr(0, answer.find("\r\n"));
  unsigned status = 0;
  if (line.starts_with(kHttp) && line.size() >= kStatusAt + 3)
    std::from_chars(line.data() + kStatusAt, line.data() + kStatusAt + 3, status);
  if (status < 100) return Error{"the proxy does not speak HTTP"};
  if (status >= 200 && status < 300) return {};
  constexpr unsigned kAsksForLogin = 407;
  constexpr std::size_t kLongestQuote = 200;
  return Error{fmt::format("the proxy answered {}{}", line.substr(kStatusAt, kLongestQuote),
                           status == kAsksForLogin ? "; check its user and password" : "")};
}

void open_tunnel(asio::generic::stream_protocol::socket& socket, const HostPort& server, const Proxy& proxy,
                 std::function<void(Result<void>)> done) {
  const auto talk = std::make_shared<Talk>(
      Talk{.request = tunnel_request(server, proxy), .answer = {}, .done = std::move(done)});
  asio::async_write(socket, asio::buffer(talk->request), [&socket, talk](error_code error, std::size_t) {
    if (error) return talk->done(failed(error));
    asio::async_read_until(socket, asio::dynamic_buffer(talk->answer, kTunnelAnswerBytes), kHeaderEnd,
                           [talk](error_code failure, std::size_t size) { hear(talk, failure, size); });
  });
}

}  // namespace squid
