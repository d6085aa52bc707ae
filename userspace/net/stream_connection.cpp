#include "net/stream_connection.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <array>
#include <boost/asio/ssl/error.hpp>
#include <utility>

namespace squid {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// How often to ask the kernel what is still on its way; only while something is.
constexpr std::chrono::milliseconds kAcknowledgePoll{50};

// Bytes that the other end's kernel has not acknowledged. With TLS they are more than we wrote, so that a
// batch counts as delivered a little later.
std::size_t unacknowledged_bytes(Channel& channel) {
  int bytes = 0;
  if (ioctl(channel.descriptor(), SIOCOUTQ, &bytes) != 0) return SIZE_MAX;
  return static_cast<std::size_t>(bytes);
}

// The other end is there, and wants no more.
bool is_hang_up(error_code error) {
  return error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated;
}

}  // namespace

class StreamConnection::Link : public SinkLink {
 public:
  Link(asio::io_context& io, Server server, StreamOptions options)
      : SinkLink(io, std::move(server), std::move(options.link)), search_(options.records, options.quiet) {}
  SinkHealth health() const override;

 private:
  void connected() override;
  void could_not_connect(const std::string& why) override { lost(why, false); }
  void deliver() override;

  void watch();
  void write_next();
  void written();
  void rest();
  void settle();
  void lost(const std::string& what, bool by_peer);
  void edit(CulpritSearch::Edit edit);

  enum class State : std::uint8_t { kConnecting, kConnected, kIdle };
  State state_ = State::kConnecting;  // which is also waiting to do so
  bool writing_ = false;              // or waiting for the connection to stand
  std::array<char, 256> unread_{};
  CulpritSearch search_;
  std::uint64_t refused_ = 0;
};

void StreamConnection::Link::connected() {
  state_ = State::kConnected;
  search_.connected();
  watch();
  write_next();
}

void StreamConnection::Link::watch() {
  // The server has nothing to say: readable means closed. Should it talk after all, nobody listens.
  channel().read_some(asio::buffer(unread_), in_this_epoch([this](error_code error, std::size_t) {
                        if (!error) return watch();
                        lost(describe_loss(error), is_hang_up(error));
                      }));
}

void StreamConnection::Link::deliver() {
  if (state_ == State::kConnected) write_next();
  if (state_ != State::kIdle) return;
  state_ = State::kConnecting;
  connect();
}

void StreamConnection::Link::write_next() {
  if (writing_) return;
  const Outbox::Bytes bytes = outbox().front();
  if (!bytes) return settle();
  writing_ = true;
  const std::string_view piece = search_.next_piece(outbox().front_number(), *bytes);
  // The handler keeps the bytes: the outbox may let go of them when the connection is lost.
  channel().write(asio::buffer(piece), in_this_epoch([this, bytes](error_code error, std::size_t) {
                    if (error) return lost(describe_loss(error), is_hang_up(error));
                    search_.waits() ? rest() : written();
                  }));
}

void StreamConnection::Link::written() {
  writing_ = false;
  outbox().mark_written();
  settle();
  write_next();
}

// Until the connection has stood behind a piece.
void StreamConnection::Link::rest() {
  const auto now = Clock::now();
  if (unacknowledged_bytes(channel()) > 0) return at(now + kAcknowledgePoll, [this] { rest(); });
  at(now + search_.quiet(), [this] {
    backoff().reset();
    if (search_.stood()) return written();
    writing_ = false;
    write_next();
  });
}

void StreamConnection::Link::settle() {
  const std::uint64_t held_before = outbox().figures().queued_bytes;
  const auto now = Clock::now();
  outbox().acknowledge(unacknowledged_bytes(channel()), now);
  if (outbox().figures().queued_bytes < held_before) note_error({});
  // A balancer acknowledges, too, while nobody is behind it: only what lasts tells that the server is well.
  if (release_old()) {
    backoff().reset();
    search_.lasted();
  }

  if (outbox().has_written())
    at(now + kAcknowledgePoll, [this] { settle(); });
  else if (outbox().has_acknowledged())
    at(outbox().oldest_acknowledged() + redo_window(), [this] { settle(); });
}

void StreamConnection::Link::lost(const std::string& what, bool by_peer) {
  disconnect();
  note_error(what);
  const bool hung_up = by_peer && (outbox().has_written() || outbox().has_acknowledged() || writing_);
  // While a piece is tried, it is the reason, and not what is in front of it.
  const bool is_trying = writing_ && search_.waits();
  writing_ = false;
  outbox().rewind(is_trying ? Outbox::Loss::kExplained : Outbox::Loss::kUnexplained);
  if (outbox().give_up_unread(server()) > 0)
    note_error(
        fmt::format("{} has acknowledged a report {} times, and the connection was lost each time: perhaps "
                    "nobody reads there",
                    server(), Outbox::kMostLosses));
  if (hung_up) search_.hung_up();
  if (auto found = search_.take_edit()) edit(*std::move(found));
  state_ = outbox().has_waiting() ? State::kConnecting : State::kIdle;
  if (state_ == State::kConnecting) reconnect_later();
}

void StreamConnection::Link::edit(CulpritSearch::Edit edit) {
  if (!edit.is_culprit()) {
    outbox().replace(edit.batch, edit.offset, edit.size, std::move(edit.parts));
    return;
  }
  const std::string reason =
      fmt::format("hung up on it {} times in a row, and took others", CulpritSearch::kStrikes);
  if (!outbox().cut(edit.batch, edit.offset, edit.size, server(), reason)) return;
  ++refused_;
  note_error(fmt::format("{} hung up {} times on the same record, which is refused", server(),
                         CulpritSearch::kStrikes));
}

SinkHealth StreamConnection::Link::health() const {
  SinkHealth health = SinkLink::health();
  health.refused = refused_;
  return health;
}

StreamConnection::StreamConnection(asio::io_context& io, Server server, StreamOptions options)
    : link_(std::make_shared<Link>(io, std::move(server), std::move(options))) {
  link_->begin_soon();
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

std::uint64_t StreamConnection::close() {
  return link_->stop();
}

}  // namespace squid
