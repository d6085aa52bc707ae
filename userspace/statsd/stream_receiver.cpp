#include "statsd/stream_receiver.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace squid::statsd {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Before another connection gets its turn.
constexpr int kPiecesPerTurn = 16;
constexpr int kPiecesPerDrain = 4096;

bool somebody_waits(int listening) {
  pollfd one{.fd = listening, .events = POLLIN, .revents = 0};
  return poll(&one, 1, 0) > 0;
}

}  // namespace

struct StreamReceiver::Connection {
  explicit Connection(asio::io_context& io) : socket(io) {}
  asio::posix::stream_descriptor socket;
  Intake intake;
  LineSplitter lines;
  Clock::time_point heard = Clock::now();
};

StreamReceiver::StreamReceiver(asio::io_context& io, ListenSocket socket, const Limits& limits,
                               MakeIntake make_intake)
    : io_(io),
      socket_(std::move(socket)),
      limits_(limits),
      make_intake_(std::move(make_intake)),
      readable_(io),
      timer_(io) {}

StreamReceiver::~StreamReceiver() = default;

Result<std::unique_ptr<StreamReceiver>> StreamReceiver::open(asio::io_context& io, ListenSocket socket,
                                                             const Limits& limits, MakeIntake make_intake) {
  std::unique_ptr<StreamReceiver> receiver(
      new StreamReceiver(io, std::move(socket), limits, std::move(make_intake)));
  error_code error;
  receiver->readable_.assign(dup(receiver->socket_.descriptor()), error);
  if (error)
    return Error{fmt::format("cannot wait for {}: {}", receiver->socket_.text(), error.message()),
                 error.value()};
  receiver->wait_for_connection();
  return receiver;
}

void StreamReceiver::wait_for_connection() {
  readable_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
    if (!error && readable_.is_open()) accept_waiting();
  });
}

void StreamReceiver::accept_waiting() {
  for (;;) {
    if (connections_.size() >= limits_.connections) {
      if (!somebody_waits(socket_.descriptor())) return wait_for_connection();
      if (!make_room()) return retry_later();
    }
    const int accepted = accept4(socket_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      add_connection(accepted);
      continue;
    }
    // It may have gone again while it waited.
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return wait_for_connection();
    return retry_later();
  }
}

void StreamReceiver::retry_later() {
  ++delayed_;
  timer_.expires_after(limits_.retry);
  timer_.async_wait([this](error_code cancelled) {
    if (!cancelled) wait_for_connection();
  });
}

bool StreamReceiver::make_room() {
  const auto quietest = std::min_element(connections_.begin(), connections_.end(),
                                         [](const auto& a, const auto& b) { return a->heard < b->heard; });
  if (quietest == connections_.end() || Clock::now() - (*quietest)->heard < limits_.quiet) return false;
  const std::shared_ptr<Connection> connection = *quietest;
  if (read(*connection, kPiecesPerTurn)) connection->lines.finish(connection->intake);
  remove(connection);
  ++closed_quiet_;
  return true;
}

void StreamReceiver::add_connection(int descriptor) {
  const int on = 1;
  // A client whose host is gone; no matter on a unix socket.
  (void)setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  const auto connection = std::make_shared<Connection>(io_);
  error_code error;
  connection->socket.assign(descriptor, error);
  if (error) {
    close(descriptor);
    return;
  }
  connection->intake = make_intake_(descriptor);
  connections_.push_back(connection);
  wait(connection);
}

void StreamReceiver::wait(const std::shared_ptr<Connection>& connection) {
  connection->socket.async_wait(asio::posix::stream_descriptor::wait_read,
                                [this, connection](error_code error) {
                                  if (error || !connection->socket.is_open()) return;
                                  if (read(*connection, kPiecesPerTurn)) return wait(connection);
                                  remove(connection);
                                });
}

// False: no more will come.
bool StreamReceiver::read(Connection& connection, int most_pieces) {
  static_assert(LineSplitter::kLongestLine <= 64 * 1024, "it is on the stack");
  std::array<char, LineSplitter::kLongestLine> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (int i = 0; i < most_pieces; ++i) {
    const ssize_t size = ::read(connection.socket.native_handle(), piece.data(), piece.size());
    if (size < 0) {
      if (errno == EAGAIN || errno == EINTR) return true;
      connection.lines.cut(connection.intake);
      return false;
    }
    if (size == 0) {
      connection.lines.finish(connection.intake);
      return false;
    }
    connection.heard = Clock::now();
    connection.lines.add({piece.data(), static_cast<std::size_t>(size)}, connection.intake);
  }
  return true;
}

void StreamReceiver::remove(const std::shared_ptr<Connection>& connection) {
  error_code ignored;
  connection->socket.close(ignored);
  std::erase(connections_, connection);
}

void StreamReceiver::drain() {
  // Whoever has no room goes on waiting.
  while (connections_.size() < limits_.connections) {
    const int accepted = accept4(socket_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) break;
    add_connection(accepted);
  }
  const std::vector<std::shared_ptr<Connection>> all = connections_;
  for (const auto& connection : all)
    if (!read(*connection, kPiecesPerDrain)) remove(connection);
}

void StreamReceiver::stop() {
  drain();
  for (const std::shared_ptr<Connection>& connection : std::exchange(connections_, {})) {
    connection->lines.cut(connection->intake);
    remove(connection);
  }
  error_code ignored;
  readable_.close(ignored);
  timer_.cancel();
}

StreamReceiver::Figures StreamReceiver::figures() const {
  Figures figures{.connections = connections_.size(), .delayed = delayed_, .closed_quiet = closed_quiet_};
  for (const auto& connection : connections_) figures.open_lines += connection->lines.has_open_line() ? 1 : 0;
  return figures;
}

}  // namespace squid::statsd
