#include "statsd/udp_receiver.h"

#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/v6_only.hpp>
#include <utility>

namespace squid::statsd {

namespace {

using boost::asio::ip::udp;

constexpr unsigned kBatch = 64;
// A UDP datagram has 16 bits for its length.
constexpr std::size_t kDatagramBytes = 65'536;
// Batches in a row before anything else gets its turn.
constexpr int kBatchesPerTurn = 16;
constexpr int kBatchesPerDrain = 4096;

}  // namespace

// Buffers that the kernel fills. Pages that no packet ever reached take no memory.
struct UdpReceiver::Batch {
  Batch() {
    for (unsigned i = 0; i < kBatch; ++i) {
      pieces[i] = {.iov_base = bytes.get() + i * kDatagramBytes, .iov_len = kDatagramBytes};
      headers[i].msg_hdr.msg_iov = &pieces[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }
  std::unique_ptr<char[]> bytes{new char[kBatch * kDatagramBytes]};
  std::array<iovec, kBatch> pieces{};
  std::array<mmsghdr, kBatch> headers{};
};

UdpReceiver::UdpReceiver(boost::asio::io_context& io, TakePacket take)
    : socket_(io), take_(std::move(take)), batch_(std::make_unique<Batch>()) {}

UdpReceiver::~UdpReceiver() = default;

Result<std::unique_ptr<UdpReceiver>> UdpReceiver::open(boost::asio::io_context& io,
                                                       const udp::endpoint& endpoint,
                                                       std::size_t buffer_bytes, TakePacket take) {
  std::unique_ptr<UdpReceiver> receiver(new UdpReceiver(io, std::move(take)));
  if (const auto bound = receiver->bind(endpoint, buffer_bytes); !bound) return bound.error();
  receiver->wait();
  return receiver;
}

Result<void> UdpReceiver::bind(const udp::endpoint& endpoint, std::size_t buffer_bytes) {
  boost::system::error_code error;
  udp::endpoint wanted = endpoint;
  socket_.open(wanted.protocol(), error);
  if (error && wanted.address() == boost::asio::ip::address_v6::any()) {
    // A kernel without IPv6: every address is every IPv4 address.
    wanted = {boost::asio::ip::address_v4::any(), endpoint.port()};
    socket_.open(wanted.protocol(), error);
  }
  // Distributions differ in their default.
  boost::system::error_code only_v6;
  if (!error && wanted.address().is_v6())
    socket_.set_option(boost::asio::ip::v6_only(wanted.address() != boost::asio::ip::address_v6::any()),
                       only_v6);
  if (!error) socket_.non_blocking(true, error);
  if (!error) socket_.bind(wanted, error);
  if (error)
    return Error{fmt::format("cannot listen on UDP {}:{}: {}", wanted.address().to_string(), wanted.port(),
                             error.message()),
                 error.value()};
  set_buffer(buffer_bytes);
  return {};
}

void UdpReceiver::set_buffer(std::size_t bytes) {
  const int wanted = static_cast<int>(bytes);
  // The first needs CAP_NET_ADMIN, the second is cut at net.core.rmem_max. What came of it is in figures().
  if (setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0)
    (void)setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
}

void UdpReceiver::wait() {
  socket_.async_wait(udp::socket::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    for (int i = 0; i < kBatchesPerTurn && receive_batch(); ++i) {
    }
    wait();
  });
}

void UdpReceiver::drain() {
  for (int i = 0; i < kBatchesPerDrain && receive_batch(); ++i) {
  }
}

// True: there may be more.
bool UdpReceiver::receive_batch() {
  const int received =
      recvmmsg(socket_.native_handle(), batch_->headers.data(), kBatch, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < received; ++i) {
    const mmsghdr& header = batch_->headers[static_cast<std::size_t>(i)];
    ++packets_;
    if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0)
      ++truncated_;
    else
      take_({static_cast<const char*>(header.msg_hdr.msg_iov->iov_base), header.msg_len});
  }
  return received == static_cast<int>(kBatch);
}

UdpReceiver::Figures UdpReceiver::figures() const {
  Figures figures{.packets = packets_, .truncated = truncated_};
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  auto& socket = const_cast<udp::socket&>(socket_);
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size) == 0) {
    figures.kernel_drops = memory[SK_MEMINFO_DROPS];
    figures.buffer_bytes = memory[SK_MEMINFO_RCVBUF];
  }
  return figures;
}

std::uint16_t UdpReceiver::port() const {
  return socket_.local_endpoint().port();
}

}  // namespace squid::statsd
