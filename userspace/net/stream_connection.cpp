#include "net/stream_connection.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <array>
#include <utility>

namespace squid {

namespace asio = boost::asio;
using boost::system::error_code;

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

class StreamConnection::Link : public SinkLink {
 public:
  using SinkLink::SinkLink;

 private:
  void connected() override;
  void could_not_connect(const std::string& why) override { lost(why, false); }
  void deliver() override;

  void watch();
  void write_next();
  void settle();
  void lost(const std::string& what, bool by_peer);
  void note_refusal();

  enum class State : std::uint8_t { kConnecting, kConnected, kIdle };
  State state_ = State::kConnecting;  // which is also waiting to do so
  bool writing_ = false;
  std::array<char, 256> unread_{};
  unsigned refusals_ = 0;
};

void StreamConnection::Link::connected() {
  state_ = State::kConnected;
  watch();
  write_next();
}

void StreamConnection::Link::watch() {
  // The server has nothing to say: readable means closed. Should it talk after all, nobody listens.
  channel().read_some(asio::buffer(unread_), in_this_epoch([this](error_code error, std::size_t) {
                        if (!error) return watch();
                        lost(describe_loss(error),
                             error == asio::error::eof || error == asio::error::connection_reset);
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
  // The handler keeps the bytes: the outbox may let go of them when the connection is lost.
  channel().write(asio::buffer(*bytes), in_this_epoch([this, bytes](error_code error, std::size_t) {
                    writing_ = false;
                    if (error)
                      return lost(describe_loss(error), error == asio::error::connection_reset ||
                                                            error == asio::error::broken_pipe);
                    outbox().mark_written();
                    settle();
                    write_next();
                  }));
}

void StreamConnection::Link::settle() {
  const std::uint64_t held_before = outbox().figures().queued_bytes;
  const auto now = Clock::now();
  outbox().acknowledge(unacknowledged_bytes(channel()), now);
  if (outbox().figures().queued_bytes < held_before) {
    refusals_ = 0;
    note_error({});
  }
  // A balancer acknowledges, too, while nobody is behind it: only what lasts tells that the server is well.
  if (release_old()) backoff().reset();

  if (outbox().has_written())
    at(now + kAcknowledgePoll, [this] { settle(); });
  else if (outbox().has_acknowledged())
    at(outbox().oldest_acknowledged() + redo_window(), [this] { settle(); });
}

void StreamConnection::Link::lost(const std::string& what, bool by_peer) {
  disconnect();
  note_error(what);
  const bool refused = by_peer && (outbox().has_written() || writing_);
  writing_ = false;
  outbox().rewind();
  if (refused) note_refusal();
  state_ = outbox().has_waiting() ? State::kConnecting : State::kIdle;
  if (state_ == State::kConnecting) reconnect_after(backoff().next());
}

void StreamConnection::Link::note_refusal() {
  if (++refusals_ < kRefusals) return;
  refusals_ = 0;
  outbox().refuse_front(server(), fmt::format("hung up on it {} times in a row", kRefusals));
  note_error(fmt::format("{} hung up {} times on the same report, which is given up; see its log", server(),
                         kRefusals));
}

StreamConnection::StreamConnection(asio::io_context& io, Server server, LinkOptions options)
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
