#include "net/stream_connection.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "net/outbox.h"

namespace squid {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

// How often to ask the kernel what is still on its way; only while something is.
constexpr std::chrono::milliseconds kAcknowledgePoll{50};
// A server that hangs up so many times in a row before it took the oldest batch will never take it.
constexpr unsigned kRefusals = 8;

// Bytes that the other end's kernel has not acknowledged. With TLS they are more than we wrote, so that a
// batch counts as delivered a little later.
std::size_t unacknowledged_bytes(Channel& channel) {
  int bytes = 0;
  if (ioctl(channel.descriptor(), SIOCOUTQ, &bytes) != 0) return SIZE_MAX;
  return static_cast<std::size_t>(bytes);
}

}  // namespace

// Handlers hold the link, so it outlives the StreamConnection until the last of them has run. Each checks the
// epoch it was started in: what belongs to an earlier connection no longer counts.
class StreamConnection::Link : public std::enable_shared_from_this<Link> {
 public:
  Link(asio::io_context& io, Server server, StreamOptions options)
      : options_(std::move(options)),
        backoff_(options_.random, options_.backoff),
        outbox_(options_.queue_bytes, options_.spool),
        connector_(io, std::move(server), options_.connect),
        timer_(io) {}

  void connect();
  void send(std::string batch);
  void stop();
  SinkHealth health() const;

 private:
  enum class State : std::uint8_t { kIdle, kConnecting, kConnected, kWaiting, kStopped };

  void connected(std::shared_ptr<Channel> channel);
  void watch();
  void write_next();
  void settle();
  void lost(const std::string& what, bool by_peer);
  void reconnect_later();
  void note_refusal();

  // Calls `handler` unless its connection has been given up meanwhile.
  template <typename Handler>
  auto in_this_epoch(Handler handler) {
    return [self = shared_from_this(), epoch = epoch_, handler = std::move(handler)](auto&&... arguments) {
      if (epoch == self->epoch_) handler(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  StreamOptions options_;
  Backoff backoff_;
  Outbox outbox_;
  Connector connector_;
  std::shared_ptr<Channel> channel_;
  asio::steady_timer timer_;  // next attempt or next look at what was acknowledged, by state
  State state_ = State::kIdle;
  std::uint64_t epoch_ = 0;
  bool writing_ = false;
  std::array<char, 256> unread_{};
  unsigned refusals_ = 0;
  std::uint64_t retried_ = 0;
  std::string last_error_;
};

void StreamConnection::Link::connect() {
  state_ = State::kConnecting;
  ++epoch_;
  connector_.connect(in_this_epoch([this](Result<std::shared_ptr<Channel>> opened) {
    if (!opened) return lost(opened.error().message, false);
    connected(std::move(*opened));
  }));
}

void StreamConnection::Link::connected(std::shared_ptr<Channel> channel) {
  state_ = State::kConnected;
  ++epoch_;
  channel_ = std::move(channel);
  watch();
  write_next();
}

void StreamConnection::Link::watch() {
  // The server has nothing to say: readable means closed. Should it talk after all, nobody listens.
  channel_->read_some(asio::buffer(unread_), in_this_epoch([this](error_code error, std::size_t) {
                        if (!error) return watch();
                        const bool closed = error == asio::error::eof;
                        lost(fmt::format("lost the connection to {}: {}", connector_.server().text(),
                                         closed ? "closed by the other end" : error.message()),
                             closed || error == asio::error::connection_reset);
                      }));
}

void StreamConnection::Link::send(std::string batch) {
  const std::size_t size = batch.size();
  if (!outbox_.push(std::move(batch)))
    last_error_ = fmt::format("a report of {} bytes does not fit into the queue of {} bytes; make it larger",
                              size, options_.queue_bytes);
  if (!outbox_.has_waiting()) return;
  if (state_ == State::kIdle) connect();
  if (state_ == State::kConnected) write_next();
}

void StreamConnection::Link::write_next() {
  if (writing_) return;
  const Outbox::Bytes bytes = outbox_.front();
  if (!bytes) return settle();
  writing_ = true;
  // The handler keeps the bytes: the outbox may let go of them when the connection is lost.
  channel_->write(
      asio::buffer(*bytes), in_this_epoch([this, bytes](error_code error, std::size_t) {
        writing_ = false;
        if (error)
          return lost(
              fmt::format("lost the connection to {}: {}", connector_.server().text(), error.message()),
              error == asio::error::connection_reset || error == asio::error::broken_pipe);
        outbox_.mark_written();
        settle();
        write_next();
      }));
}

void StreamConnection::Link::settle() {
  const std::uint64_t held_before = outbox_.figures().queued_bytes;
  const auto now = Clock::now();
  outbox_.acknowledge(unacknowledged_bytes(*channel_), now);
  if (outbox_.figures().queued_bytes < held_before) {
    backoff_.reset();
    refusals_ = 0;
    last_error_.clear();
  }
  outbox_.release(now - options_.redo_window);

  if (outbox_.has_written())
    timer_.expires_at(now + kAcknowledgePoll);
  else if (outbox_.has_acknowledged())
    timer_.expires_at(outbox_.oldest_acknowledged() + options_.redo_window);
  else
    return;
  timer_.async_wait(in_this_epoch([this](error_code cancelled) {
    if (!cancelled) settle();
  }));
}

void StreamConnection::Link::lost(const std::string& what, bool by_peer) {
  ++epoch_;
  last_error_ = what;
  if (channel_) channel_->close();
  timer_.cancel();
  const bool refused = by_peer && (outbox_.has_written() || writing_);
  writing_ = false;
  outbox_.rewind();
  if (refused) note_refusal();
  if (!outbox_.has_waiting()) {
    state_ = State::kIdle;
    return;
  }
  reconnect_later();
}

void StreamConnection::Link::note_refusal() {
  if (++refusals_ < kRefusals) return;
  refusals_ = 0;
  outbox_.drop_front();
  last_error_ = fmt::format("{} hung up {} times on the same report, which is given up; see its log",
                            connector_.server().text(), kRefusals);
}

void StreamConnection::Link::reconnect_later() {
  state_ = State::kWaiting;
  timer_.expires_after(backoff_.next());
  timer_.async_wait(in_this_epoch([this](error_code cancelled) {
    if (cancelled) return;
    ++retried_;
    connect();
  }));
}

void StreamConnection::Link::stop() {
  state_ = State::kStopped;
  ++epoch_;
  connector_.cancel();
  if (channel_) channel_->close();
  timer_.cancel();
}

SinkHealth StreamConnection::Link::health() const {
  SinkHealth health = outbox_.health();
  health.retried = retried_;
  health.last_error = last_error_;
  return health;
}

StreamConnection::StreamConnection(asio::io_context& io, Server server, StreamOptions options)
    : link_(std::make_shared<Link>(io, std::move(server), std::move(options))) {
  // At once, not with the first batch: a wrong address should be known early.
  link_->connect();
}

StreamConnection::~StreamConnection() {
  link_->stop();
}

void StreamConnection::send(std::string batch) {
  link_->send(std::move(batch));
}

SinkHealth StreamConnection::health() const {
  return link_->health();
}

}  // namespace squid
