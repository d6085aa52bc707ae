// StreamReceiver: one socket, TCP or unix, that clients connect to, and their connections. Where there are
// too many of them, the next one waits in the kernel, and so does what its client sends: nothing is lost.
// Then whoever has been quiet for long makes room.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/result.h"
#include "statsd/line_splitter.h"
#include "statsd/listen_socket.h"

namespace squid::statsd {

class StreamReceiver {
 public:
  struct Limits {
    std::size_t connections = 1024;
    // Nothing sent for so long, where room is needed.
    std::chrono::milliseconds quiet = std::chrono::minutes(1);
    // Between two looks for room.
    std::chrono::milliseconds retry = std::chrono::seconds(1);
  };
  struct Figures {
    std::size_t connections = 0;
    std::size_t open_lines = 0;      // begun and not ended yet
    std::uint64_t delayed = 0;       // times that a connection had to wait for room
    std::uint64_t closed_quiet = 0;  // connections closed to make room
  };

  // What becomes of the lines of a connection, asked once for each. The descriptor stays the receiver's.
  using MakeIntake = std::function<Intake(int connection)>;

  static Result<std::unique_ptr<StreamReceiver>> open(boost::asio::io_context& io, ListenSocket socket,
                                                      const Limits& limits, MakeIntake make_intake);
  StreamReceiver(const StreamReceiver&) = delete;
  StreamReceiver& operator=(const StreamReceiver&) = delete;
  ~StreamReceiver();

  // All that has arrived by now, of new connections too, up to a bound that only a flood reaches.
  void drain();
  // Takes in what has arrived, ends all connections, and waits no more. It may go once io has run what it was
  // about to run.
  void stop();
  Figures figures() const;
  std::uint16_t port() const { return socket_.port(); }

 private:
  struct Connection;
  using Clock = std::chrono::steady_clock;

  StreamReceiver(boost::asio::io_context& io, ListenSocket socket, const Limits& limits,
                 MakeIntake make_intake);
  void wait_for_connection();
  void accept_waiting();
  bool make_room();
  void retry_later();
  void add_connection(int descriptor);
  void wait(const std::shared_ptr<Connection>& connection);
  bool read(Connection& connection, int most_pieces);
  void remove(const std::shared_ptr<Connection>& connection);

  boost::asio::io_context& io_;
  ListenSocket socket_;
  Limits limits_;
  MakeIntake make_intake_;
  boost::asio::posix::stream_descriptor readable_;
  boost::asio::steady_timer timer_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::uint64_t delayed_ = 0;
  std::uint64_t closed_quiet_ = 0;
};

}  // namespace squid::statsd
