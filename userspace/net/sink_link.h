// SinkLink: what the connection of a sink to its server is made of, whatever they speak: the batches that
// wait, the channel, and the next attempt after a jittered pause. Whoever derives from it says what goes over
// the channel.
//
// It begins when io runs next, or with the first batch. Until then it has touched neither network nor disk,
// so that whoever makes several of them can still give all of them up.
//
// Handlers hold the link, so it outlives its owner until the last of them has run. Each checks the epoch it
// was started in: what belongs to an earlier connection no longer counts.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/sink.h"
#include "net/backoff.h"
#include "net/connector.h"
#include "net/outbox.h"

namespace squid {

struct LinkOptions {
  std::size_t queue_bytes = 0;
  SpoolPlace spool{};
  ConnectOptions connect{};
  // What was delivered so short before a failure is sent again: the server may have lost it after all.
  std::chrono::milliseconds redo_window{5'000};
  BackoffLimits backoff{};
  Backoff::Random random = Backoff::default_random();
};

class SinkLink : public std::enable_shared_from_this<SinkLink> {
 public:
  SinkLink(boost::asio::io_context& io, Server server, LinkOptions options);
  virtual ~SinkLink() = default;

  void begin_soon();
  void send(std::string batch);
  // Leaves in the spool what was not delivered; it may be opened by another link at once. How many batches
  // are not there, and lost.
  std::uint64_t stop();
  virtual SinkHealth health() const;

 protected:
  using ErrorCode = boost::system::error_code;
  using Clock = std::chrono::steady_clock;

  // The channel is open.
  virtual void connected() = 0;
  virtual void could_not_connect(const std::string& why) = 0;
  // There is something to deliver.
  virtual void deliver() = 0;

  const std::string& server() const { return server_; }
  Outbox& outbox() { return outbox_; }
  Channel& channel() { return *channel_; }
  Backoff& backoff() { return backoff_; }
  std::chrono::milliseconds redo_window() const { return options_.redo_window; }
  // Empty: all is well again.
  void note_error(std::string error);
  std::string describe_loss(ErrorCode error) const;

  void connect();
  // Ends the connection, and whatever waits for it.
  void disconnect();
  // After a jittered pause; the server may ask for a longer one.
  void reconnect_later(std::chrono::milliseconds least_wait = {});
  bool release_old() { return outbox_.release(Clock::now() - options_.redo_window); }

  // Runs `handler` at that time, instead of what the timer was set to before.
  template <typename Handler>
  void at(Clock::time_point time, Handler handler) {
    timer_.expires_at(time);
    timer_.async_wait(in_this_epoch([handler = std::move(handler)](ErrorCode cancelled) {
      if (!cancelled) handler();
    }));
  }
  void stop_timer() { timer_.cancel(); }

  // Calls `handler` unless its connection has been given up meanwhile.
  template <typename Handler>
  auto in_this_epoch(Handler handler) {
    return [self = shared_from_this(), epoch = epoch_, handler = std::move(handler)](auto&&... arguments) {
      if (epoch == self->epoch_) handler(std::forward<decltype(arguments)>(arguments)...);
    };
  }
  std::uint64_t epoch() const { return epoch_; }

 private:
  void begin();

  LinkOptions options_;
  std::string server_;
  bool has_proxy_;
  Backoff backoff_;
  Outbox outbox_;
  Connector connector_;
  std::shared_ptr<Channel> channel_;
  boost::asio::steady_timer timer_;
  bool begun_ = false;
  std::uint64_t epoch_ = 0;
  std::uint64_t retried_ = 0;
  std::string last_error_;
  std::int64_t last_failure_s_ = 0;
};

}  // namespace squid
