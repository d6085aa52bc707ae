#include "net/sink_link.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <ctime>
#include <utility>

namespace squid {

SinkLink::SinkLink(boost::asio::io_context& io, Server server, LinkOptions options)
    : options_(std::move(options)),
      server_(server.text()),
      has_proxy_(server.proxy.has_value()),
      backoff_(options_.random, options_.backoff),
      outbox_(options_.queue_bytes),
      connector_(io, std::move(server), options_.connect),
      timer_(io) {}

void SinkLink::begin_soon() {
  boost::asio::post(timer_.get_executor(), [self = shared_from_this()] { self->begin(); });
}

void SinkLink::begin() {
  if (std::exchange(begun_, true)) return;
  outbox_.open_spool(options_.spool);
  // It may come from the environment, where nobody looks for it.
  if (has_proxy_) spdlog::info("reports go to {}", server_);
  // At once, not with the first batch: a wrong address or password should be known early.
  connect();
}

void SinkLink::connect() {
  ++epoch_;
  timer_.cancel();
  connector_.connect(in_this_epoch([this](Result<std::shared_ptr<Channel>> opened) {
    if (!opened) return could_not_connect(opened.error().message);
    ++epoch_;
    channel_ = std::move(*opened);
    connected();
  }));
}

void SinkLink::send(std::string batch) {
  begin();
  const std::size_t size = batch.size();
  if (!outbox_.push(std::move(batch)))
    last_error_ = fmt::format("a report of {} bytes does not fit into the queue of {} bytes; make it larger",
                              size, options_.queue_bytes);
  if (outbox_.has_waiting()) deliver();
}

std::string SinkLink::describe_loss(ErrorCode error) const {
  return fmt::format("lost the connection to {}: {}", server_,
                     error == boost::asio::error::eof ? "closed by the other end" : error.message());
}

void SinkLink::note_error(std::string error) {
  if (!error.empty()) last_failure_s_ = std::time(nullptr);
  last_error_ = std::move(error);
}

void SinkLink::disconnect() {
  ++epoch_;
  if (channel_) channel_->close();
  timer_.cancel();
}

void SinkLink::reconnect_later(std::chrono::milliseconds least_wait) {
  const auto pause = backoff_.next(outbox_.figures().queued_bytes);
  at(Clock::now() + std::max(pause, least_wait), [this] {
    ++retried_;
    connect();
  });
}

std::uint64_t SinkLink::stop() {
  begun_ = true;
  connector_.cancel();
  disconnect();
  return outbox_.close_spool();
}

SinkHealth SinkLink::health() const {
  SinkHealth health = outbox_.health();
  health.retried = retried_;
  health.last_error = last_error_;
  health.last_failure_s = last_failure_s_;
  return health;
}

}  // namespace squid
