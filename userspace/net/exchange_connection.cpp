#include "net/exchange_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace squid {

namespace asio = boost::asio;
using boost::system::error_code;

class ExchangeConnection::Link : public SinkLink {
 public:
  Link(asio::io_context& io, Server server, std::unique_ptr<Exchange> exchange, ExchangeOptions options)
      : SinkLink(io, std::move(server), std::move(options.link)),
        answer_timeout_(options.answer_timeout),
        may_hang_up_(options.may_hang_up),
        exchange_(std::move(exchange)) {}

  SinkHealth health() const override;

 private:
  void connected() override;
  void could_not_connect(const std::string& why) override { lost(why); }
  void deliver() override;

  void ready();
  void ask(std::string bytes);
  void read();
  void received(error_code error, std::size_t size);
  void answered(const ServerAnswer& answer);
  void confirmed(const ServerAnswer& answer);
  void refused(const std::vector<Refusal>& refusals);
  void hang_up();
  void release_later();
  void lost(const std::string& what, std::chrono::milliseconds least_wait = {});

  enum class State : std::uint8_t { kConnecting, kReady, kAsking, kIdle };
  std::chrono::milliseconds answer_timeout_;
  bool may_hang_up_;
  std::unique_ptr<Exchange> exchange_;
  State state_ = State::kConnecting;  // which is also waiting to do so
  Outbox::Bytes batch_;               // that is being delivered, possibly over several connections
  bool was_connected_ = false;
  bool writing_ = false;
  bool cut_ = false;  // the first batch that is not confirmed may have been taken, wholly or in part
  std::optional<ServerAnswer> early_answer_;  // came before all was written
  std::array<char, 16384> received_{};
  std::uint64_t refused_ = 0;
};

void ExchangeConnection::Link::connected() {
  // Whoever left the oldest on disk may have been cut off in the middle of it.
  if (!std::exchange(was_connected_, true) && outbox().health().recovered_reports > 0) cut_ = true;
  writing_ = false;
  early_answer_.reset();
  read();
  std::string greeting = exchange_->greet();
  if (greeting.empty()) return ready();
  ask(std::move(greeting));
}

void ExchangeConnection::Link::ready() {
  state_ = State::kReady;
  stop_timer();
  if (!batch_) {
    batch_ = outbox().front();
    if (!batch_) return release_later();
    exchange_->begin(*batch_);
  }
  ask(exchange_->request());
}

void ExchangeConnection::Link::ask(std::string bytes) {
  state_ = State::kAsking;
  writing_ = true;
  at(Clock::now() + answer_timeout_,
     [this] { lost(fmt::format("{} did not answer within {} ms", server(), answer_timeout_.count())); });
  const auto kept = std::make_shared<const std::string>(std::move(bytes));
  channel().write(asio::buffer(*kept), in_this_epoch([this, kept](error_code error, std::size_t) {
                    writing_ = false;
                    const std::optional<ServerAnswer> answer = std::exchange(early_answer_, std::nullopt);
                    if (answer) return answered(*answer);
                    // What the server had to say may still come in, and tells more.
                    if (error && error != asio::error::broken_pipe && error != asio::error::connection_reset)
                      lost(describe_loss(error));
                  }));
}

void ExchangeConnection::Link::read() {
  channel().read_some(asio::buffer(received_),
                      in_this_epoch([this](error_code error, std::size_t size) { received(error, size); }));
}

void ExchangeConnection::Link::received(error_code error, std::size_t size) {
  if (error && state_ == State::kReady && may_hang_up_) return hang_up();
  if (error && early_answer_) {
    early_answer_->last = true;
    return answered(ServerAnswer(*early_answer_));
  }
  if (error == asio::error::eof && state_ == State::kAsking) {
    ServerAnswer answer = exchange_->end();
    answer.last = true;
    if (answer.verdict != Verdict::kMore) return answered(answer);
  }
  if (error) return lost(describe_loss(error));
  // Nobody asked. Whatever it is, the next answer would be taken for another.
  if (early_answer_) return lost(server() + " sends more than it was asked for");
  if (state_ != State::kAsking) return hang_up();
  const std::uint64_t asked_in = epoch();
  ServerAnswer answer = exchange_->take({received_.data(), size});
  if (answer.verdict != Verdict::kMore) {
    // A server that has no use for the rest answers before it has read all.
    if (writing_ && !answer.last)
      early_answer_ = std::move(answer);
    else
      answered(answer);
  }
  if (asked_in == epoch()) read();
}

void ExchangeConnection::Link::answered(const ServerAnswer& answer) {
  if (answer.verdict == Verdict::kRetry)
    return lost(fmt::format("{}: {}", server(), answer.problem), answer.wait);
  if (answer.verdict == Verdict::kConfirmed) confirmed(answer);
  if (answer.last) return hang_up();
  ready();
}

void ExchangeConnection::Link::confirmed(const ServerAnswer& answer) {
  // Whoever is refused is a part of it.
  const Outbox::Bytes batch = std::exchange(batch_, nullptr);
  const std::uint64_t delivered_before = outbox().figures().delivered;
  outbox().mark_written();
  outbox().acknowledge(0, Clock::now());
  backoff().reset();
  refused(answer.refused);
  note_error(answer.problem.empty() ? std::string() : fmt::format("{}: {}", server(), answer.problem));
  if (outbox().figures().delivered == delivered_before) return;
  // Seen for the first time, yet the server has something newer: that is no repetition, but a loss.
  if (!answer.outdated.empty() && !cut_) {
    refused(answer.outdated);
    note_error(
        fmt::format("{} has newer entries than this report: did the clock of this host go back?", server()));
  }
  cut_ = false;
}

void ExchangeConnection::Link::refused(const std::vector<Refusal>& refusals) {
  refused_ += refusals.size();
  outbox().keep_refused(server(), refusals);
}

// Ends the connection in peace. What is left to say is said over the next one.
void ExchangeConnection::Link::hang_up() {
  disconnect();
  state_ = State::kIdle;
  if (batch_ || outbox().has_waiting()) return deliver();
  release_later();
}

void ExchangeConnection::Link::release_later() {
  release_old();
  if (outbox().has_acknowledged())
    at(outbox().oldest_acknowledged() + redo_window(), [this] { release_later(); });
}

void ExchangeConnection::Link::deliver() {
  release_old();
  if (state_ == State::kReady) ready();
  if (state_ != State::kIdle) return;
  state_ = State::kConnecting;
  connect();
}

void ExchangeConnection::Link::lost(const std::string& what, std::chrono::milliseconds least_wait) {
  disconnect();
  note_error(what);
  cut_ = cut_ || batch_ != nullptr;
  batch_.reset();
  outbox().rewind(Outbox::Loss::kExplained);
  state_ = outbox().has_waiting() ? State::kConnecting : State::kIdle;
  if (state_ == State::kConnecting) reconnect_later(least_wait);
}

SinkHealth ExchangeConnection::Link::health() const {
  SinkHealth health = SinkLink::health();
  health.refused = refused_;
  return health;
}

ExchangeConnection::ExchangeConnection(asio::io_context& io, Server server,
                                       std::unique_ptr<Exchange> exchange, ExchangeOptions options)
    : link_(std::make_shared<Link>(io, std::move(server), std::move(exchange), std::move(options))) {
  link_->begin_soon();
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

std::uint64_t ExchangeConnection::close() {
  return link_->stop();
}

}  // namespace squid
