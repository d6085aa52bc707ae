#include "net/connector.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <utility>
#include <vector>

namespace squid {

namespace asio = boost::asio;
using boost::system::error_code;

struct Connector::Attempt {
  Handler handler;
  std::vector<Channel::Endpoint> endpoints;
  std::size_t index = 0;
  std::shared_ptr<Channel> channel;
  std::string failures = {};  // of the endpoints so far
};

namespace {

void set_option(int socket, int level, int name, int value) {
  // Without one of these a dead peer is noticed later; no reason to refuse to work.
  (void)setsockopt(socket, level, name, &value, sizeof value);
}

void watch_for_dead_peers(int socket, std::chrono::milliseconds stall_timeout) {
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(stall_timeout.count()));
}

}  // namespace

Connector::Connector(asio::io_context& io, Server server, ConnectOptions options)
    : io_(io), server_(std::move(server)), options_(options), resolver_(io), timer_(io) {}

void Connector::connect(Handler handler) {
  cancel();
  const auto attempt = std::make_shared<Attempt>();
  attempt->handler = std::move(handler);
  attempt_ = attempt;
  if (!server_.unix_path.empty()) {
    attempt->endpoints.emplace_back(asio::local::stream_protocol::endpoint(server_.unix_path));
    return try_endpoint(attempt);
  }
  const HostPort& next = server_.proxy ? server_.proxy->address : server_.address;
  resolver_.resolve(next, [this, attempt](Result<Resolver::Endpoints> found) {
    if (attempt != attempt_) return;
    if (!found) return finish(attempt, found.error());
    attempt->endpoints.assign(found->begin(), found->end());
    try_endpoint(attempt);
  });
}

void Connector::try_endpoint(const std::shared_ptr<Attempt>& attempt) {
  const auto channel = std::make_shared<Channel>(io_);
  attempt->channel = channel;
  timer_.expires_after(options_.connect_timeout);
  timer_.async_wait([this, attempt, channel](error_code cancelled) {
    if (cancelled || attempt != attempt_ || channel != attempt->channel) return;
    try_next(attempt, fmt::format("no answer within {} ms", options_.connect_timeout.count()));
  });
  channel->open(attempt->endpoints[attempt->index], server_,
                [this, attempt, channel](const Result<void>& opened) {
                  if (attempt != attempt_ || channel != attempt->channel) return;
                  if (!opened) return try_next(attempt, opened.error().message);
                  watch_for_dead_peers(channel->descriptor(), options_.stall_timeout);
                  finish(attempt, channel);
                });
}

void Connector::try_next(const std::shared_ptr<Attempt>& attempt, const std::string& why) {
  attempt->channel->close();
  // A name may stand for several addresses, some of which this host cannot reach at all.
  const bool is_said = attempt->failures.find(why) != std::string::npos;
  if (!is_said) attempt->failures += (attempt->failures.empty() ? "" : "; ") + why;
  if (++attempt->index < attempt->endpoints.size()) return try_endpoint(attempt);
  finish(attempt, Error{fmt::format("cannot connect to {}: {}", server_.text(), attempt->failures)});
}

void Connector::finish(const std::shared_ptr<Attempt>& attempt, Result<std::shared_ptr<Channel>> result) {
  attempt_.reset();
  timer_.cancel();
  attempt->handler(std::move(result));
}

void Connector::cancel() {
  if (attempt_ && attempt_->channel) attempt_->channel->close();
  attempt_.reset();
  timer_.cancel();
  resolver_.cancel();
}

}  // namespace squid
