// DatagramReceiver: one datagram socket, UDP or unix, read in batches. What the kernel had to throw away of
// UDP, because we were too slow or the buffer too small, the kernel counts for us; senders to a full unix
// socket are made to wait.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "core/result.h"
#include "statsd/listen_socket.h"
#include "statsd/origin.h"

namespace squid::statsd {

class DatagramReceiver {
 public:
  using TakePacket = std::function<void(std::string_view packet, const Sender& sender)>;

  struct Figures {
    std::uint64_t packets = 0;
    std::uint64_t truncated = 0;  // larger than any UDP datagram can be; not handed on
    std::uint64_t kernel_drops = 0;
    std::uint64_t buffer_bytes = 0;  // none of a unix socket, where the senders have it
  };

  // All of it happens in the thread that runs `io`, but for what is said before it runs. `buffer_bytes` is
  // what is asked for; the kernel may grant less.
  static Result<std::unique_ptr<DatagramReceiver>> open(boost::asio::io_context& io, ListenSocket socket,
                                                        std::size_t buffer_bytes, TakePacket take);
  DatagramReceiver(const DatagramReceiver&) = delete;
  DatagramReceiver& operator=(const DatagramReceiver&) = delete;
  ~DatagramReceiver();

  void begin();
  // From now on asks the kernel where each packet comes from: of UDP the finder, on a unix socket by process.
  void identify_senders(std::unique_ptr<SenderFinder> finder);
  void identify_senders(OriginSource& origins);
  // All that has arrived by now, up to a bound that only a flood reaches.
  void drain();
  // Takes in what has arrived, and waits no more. It may go once io has run what it was about to run.
  void stop();
  Figures figures() const;
  // Most packets that were found waiting at once, since this was asked last.
  std::uint64_t take_most_waiting();
  std::uint16_t port() const { return socket_.port(); }

 private:
  struct Batch;

  DatagramReceiver(boost::asio::io_context& io, ListenSocket socket, TakePacket take);
  void set_buffer(std::size_t bytes);
  void wait();
  void receive(int most_batches);
  unsigned receive_batch();
  Sender sender_of(msghdr& message);

  ListenSocket socket_;
  boost::asio::posix::stream_descriptor readable_;
  TakePacket take_;
  std::unique_ptr<Batch> batch_;
  std::unique_ptr<SenderFinder> finder_;
  OriginSource* origins_ = nullptr;
  std::uint64_t most_waiting_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t truncated_ = 0;
};

}  // namespace squid::statsd
