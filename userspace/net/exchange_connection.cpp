#include "net/exchange_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "net/outbox.h"

namespace squid {

namespace asio = boost::asio;
using boost::system::error_code;

// Handlers hold the link, so it outlives the ExchangeConnection until the last of them has run. Each checks
// the epoch it was started in: what belongs to an earlier connection no longer counts.
class ExchangeConnection::Link : public std::enable_shared_from_this<Link> {
 public:
  Link(asio::io_context& io, Server server, std::unique_ptr<Exchange> exchange, ExchangeOptions options)
      : options_(std::move(options)),
        exchange_(std::move(exchange)),
        backoff_(options_.random, options_.backoff),
        outbox_(options_.queue_bytes, options_.spool),
        connector_(io, std::move(server), options_.connect),
        timer_(io) {}

  void connect();
  void send(std::string batch);
  void stop();
  SinkHealth health() const;

 private:
  enum class State : std::uint8_t { kClosed, kConnecting, kReady, kAsking, kWaiting, kStopped };

  void connected(std::shared_ptr<Channel> channel);
  void ready();
  void ask(std::string bytes);
  void read();
  void received(error_code error, std::size_t size);
  void answered(const ServerAnswer& answer);
  void confirmed(const ServerAnswer& answer);
  void hang_up();
  void release_later();
  void lost(const std::string& what, std::chrono::milliseconds least_wait = {});

  // Calls `handler` unless its connection has been given up meanwhile.
  template <typename Handler>
  auto in_this_epoch(Handler handler) {
    return [self = shared_from_this(), epoch = epoch_, handler = std::move(handler)](auto&&... arguments) {
      if (epoch == self->epoch_) handler(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  ExchangeOptions options_;
  std::unique_ptr<Exchange> exchange_;
  Backoff backoff_;
  Outbox outbox_;
  Connector connector_;
  std::shared_ptr<Channel> channel_;
  asio::steady_timer timer_;  // next attempt, end of patience or end of the redo window, by state
  State state_ = State::kClosed;
  std::uint64_t epoch_ = 0;
  Outbox::Bytes batch_;  // that is being delivered, possibly over several connections
  bool writing_ = false;
  bool cut_ = false;  // the first batch that is not confirmed may have been taken, wholly or in part
  std::optional<ServerAnswer> early_answer_;  // came before all was written
  std::array<char, 16384> received_{};
  std::uint64_t retried_ = 0;
  std::uint64_t refused_ = 0;
  std::string last_error_;
};

void ExchangeConnection::Link::connect() {
  state_ = State::kConnecting;
  ++epoch_;
  timer_.cancel();
  connector_.connect(in_this_epoch([this](Result<std::shared_ptr<Channel>> opened) {
    if (!opened) return lost(opened.error().message);
    connected(std::move(*opened));
  }));
}

void ExchangeConnection::Link::connected(std::shared_ptr<Channel> channel) {
  ++epoch_;
  channel_ = std::move(channel);
  writing_ = false;
  early_answer_.reset();
  read();
  std::string greeting = exchange_->greet();
  if (greeting.empty()) return ready();
  ask(std::move(greeting));
}

void ExchangeConnection::Link::ready() {
  state_ = State::kReady;
  timer_.cancel();
  if (!batch_) {
    batch_ = outbox_.front();
    if (!batch_) return release_later();
    exchange_->begin(*batch_);
  }
  ask(exchange_->request());
}

void ExchangeConnection::Link::ask(std::string bytes) {
  state_ = State::kAsking;
  writing_ = true;
  timer_.expires_after(options_.answer_timeout);
  timer_.async_wait(in_this_epoch([this](error_code cancelled) {
    if (!cancelled)
      lost(fmt::format("{} did not answer within {} ms", connector_.server().text(),
                       options_.answer_timeout.count()));
  }));
  const auto kept = std::make_shared<const std::string>(std::move(bytes));
  channel_->write(
      asio::buffer(*kept), in_this_epoch([this, kept](error_code error, std::size_t) {
        writing_ = false;
        const std::optional<ServerAnswer> answer = std::exchange(early_answer_, std::nullopt);
        if (answer) return answered(*answer);
        // What the server had to say may still come in, and tells more.
        if (error && error != asio::error::broken_pipe && error != asio::error::connection_reset)
          lost(fmt::format("lost the connection to {}: {}", connector_.server().text(), error.message()));
      }));
}

void ExchangeConnection::Link::read() {
  channel_->read_some(asio::buffer(received_),
                      in_this_epoch([this](error_code error, std::size_t size) { received(error, size); }));
}

void ExchangeConnection::Link::received(error_code error, std::size_t size) {
  if (error && state_ == State::kReady && options_.may_hang_up) return hang_up();
  if (error && early_answer_) {
    early_answer_->last = true;
    return answered(ServerAnswer(*early_answer_));
  }
  if (error)
    return lost(fmt::format("lost the connection to {}: {}", connector_.server().text(),
                            error == asio::error::eof ? "closed by the other end" : error.message()));
  // Nobody asked. Whatever it is, the next answer would be taken for another.
  if (early_answer_) return lost(connector_.server().text() + " sends more than it was asked for");
  if (state_ != State::kAsking) return hang_up();
  const std::uint64_t epoch = epoch_;
  ServerAnswer answer = exchange_->take({received_.data(), size});
  if (answer.verdict != Verdict::kMore) {
    // A server that has no use for the rest answers before it has read all.
    if (writing_ && !answer.last)
      early_answer_ = std::move(answer);
    else
      answered(answer);
  }
  if (epoch == epoch_) read();
}

void ExchangeConnection::Link::answered(const ServerAnswer& answer) {
  if (answer.verdict == Verdict::kRetry)
    return lost(fmt::format("{}: {}", connector_.server().text(), answer.problem), answer.wait);
  if (answer.verdict == Verdict::kConfirmed) confirmed(answer);
  if (answer.last) return hang_up();
  ready();
}

void ExchangeConnection::Link::confirmed(const ServerAnswer& answer) {
  batch_.reset();
  const std::uint64_t delivered_before = outbox_.figures().delivered;
  outbox_.mark_written();
  outbox_.acknowledge(0, std::chrono::steady_clock::now());
  backoff_.reset();
  refused_ += answer.refused;
  last_error_.clear();
  if (!answer.problem.empty())
    last_error_ = fmt::format("{}: {}", connector_.server().text(), answer.problem);
  if (outbox_.figures().delivered == delivered_before) return;
  // Seen for the first time, yet the server has something newer: that is no repetition, but a loss.
  if (answer.outdated > 0 && !cut_) {
    refused_ += answer.outdated;
    last_error_ = fmt::format("{} has newer entries than this report: did the clock of this host go back?",
                              connector_.server().text());
  }
  cut_ = false;
}

// Ends the connection in peace. What is left to say is said over the next one.
void ExchangeConnection::Link::hang_up() {
  ++epoch_;
  channel_->close();
  timer_.cancel();
  state_ = State::kClosed;
  if (batch_ || outbox_.has_waiting()) return connect();
  release_later();
}

void ExchangeConnection::Link::release_later() {
  outbox_.release(std::chrono::steady_clock::now() - options_.redo_window);
  if (!outbox_.has_acknowledged()) return;
  timer_.expires_at(outbox_.oldest_acknowledged() + options_.redo_window);
  timer_.async_wait(in_this_epoch([this](error_code cancelled) {
    if (!cancelled) release_later();
  }));
}

void ExchangeConnection::Link::send(std::string batch) {
  const std::size_t size = batch.size();
  if (!outbox_.push(std::move(batch)))
    last_error_ = fmt::format("a report of {} bytes does not fit into the queue of {} bytes; make it larger",
                              size, options_.queue_bytes);
  outbox_.release(std::chrono::steady_clock::now() - options_.redo_window);
  if (!outbox_.has_waiting()) return;
  if (state_ == State::kClosed) connect();
  if (state_ == State::kReady) ready();
}

void ExchangeConnection::Link::lost(const std::string& what, std::chrono::milliseconds least_wait) {
  ++epoch_;
  last_error_ = what;
  if (channel_) channel_->close();
  timer_.cancel();
  cut_ = cut_ || batch_ != nullptr;
  batch_.reset();
  outbox_.rewind();
  state_ = State::kClosed;
  if (!outbox_.has_waiting()) return;
  state_ = State::kWaiting;
  timer_.expires_after(std::max(backoff_.next(), least_wait));
  timer_.async_wait(in_this_epoch([this](error_code cancelled) {
    if (cancelled) return;
    ++retried_;
    connect();
  }));
}

void ExchangeConnection::Link::stop() {
  state_ = State::kStopped;
  ++epoch_;
  connector_.cancel();
  if (channel_) channel_->close();
  timer_.cancel();
}

SinkHealth ExchangeConnection::Link::health() const {
  SinkHealth health = outbox_.health();
  health.retried = retried_;
  health.refused = refused_;
  health.last_error = last_error_;
  return health;
}

ExchangeConnection::ExchangeConnection(asio::io_context& io, Server server,
                                       std::unique_ptr<Exchange> exchange, ExchangeOptions options)
    : link_(std::make_shared<Link>(io, std::move(server), std::move(exchange), std::move(options))) {
  // At once, not with the first batch: a wrong address or password should be known early.
  link_->connect();
}

ExchangeConnection::~ExchangeConnection() {
  link_->stop();
}

void ExchangeConnection::send(std::string batch) {
  link_->send(std::move(batch));
}

SinkHealth ExchangeConnection::health() const {
  return link_->health();
}

}  // namespace squid
