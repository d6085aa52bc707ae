// UdpReceiver: one UDP socket, read in batches. What the kernel had to throw away, because we were too slow
// or the buffer too small, the kernel counts for us.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace squid::statsd {

class UdpReceiver {
 public:
  using TakePacket = std::function<void(std::string_view packet)>;

  struct Figures {
    std::uint64_t packets = 0;
    std::uint64_t truncated = 0;  // larger than any datagram can be; not handed on
    std::uint64_t kernel_drops = 0;
    std::uint64_t buffer_bytes = 0;
  };

  // Port 0 is any port. `buffer_bytes` is what is asked for; the kernel may grant less.
  static Result<std::unique_ptr<UdpReceiver>> open(boost::asio::io_context& io,
                                                   const boost::asio::ip::udp::endpoint& endpoint,
                                                   std::size_t buffer_bytes, TakePacket take);
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;
  ~UdpReceiver();

  // All that has arrived by now, up to a bound that only a flood reaches.
  void drain();
  Figures figures() const;
  std::uint16_t port() const;

 private:
  struct Batch;

  UdpReceiver(boost::asio::io_context& io, TakePacket take);
  Result<void> bind(const boost::asio::ip::udp::endpoint& endpoint, std::size_t buffer_bytes);
  void set_buffer(std::size_t bytes);
  void wait();
  bool receive_batch();

  boost::asio::ip::udp::socket socket_;
  TakePacket take_;
  std::unique_ptr<Batch> batch_;
  std::uint64_t packets_ = 0;
  std::uint64_t truncated_ = 0;
};

}  // namespace squid::statsd
