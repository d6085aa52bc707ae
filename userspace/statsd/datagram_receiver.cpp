#include "statsd/datagram_receiver.h"

#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace squid::statsd {

namespace {

constexpr unsigned kBatch = 64;
// A UDP datagram has 16 bits for its length.
constexpr std::size_t kDatagramBytes = 65'536;
// Batches in a row before anything else gets its turn.
constexpr int kBatchesPerTurn = 16;
constexpr int kBatchesPerDrain = 4096;

}  // namespace

// Buffers that the kernel fills. Pages that no packet ever reached take no memory.
struct DatagramReceiver::Batch {
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

DatagramReceiver::DatagramReceiver(boost::asio::io_context& io, ListenSocket socket, TakePacket take)
    : socket_(std::move(socket)), readable_(io), take_(std::move(take)), batch_(std::make_unique<Batch>()) {}

DatagramReceiver::~DatagramReceiver() = default;

Result<std::unique_ptr<DatagramReceiver>> DatagramReceiver::open(boost::asio::io_context& io,
                                                                 ListenSocket socket,
                                                                 std::size_t buffer_bytes, TakePacket take) {
  std::unique_ptr<DatagramReceiver> receiver(new DatagramReceiver(io, std::move(socket), std::move(take)));
  boost::system::error_code error;
  receiver->readable_.assign(dup(receiver->socket_.descriptor()), error);
  if (error)
    return Error{fmt::format("cannot wait for {}: {}", receiver->socket_.text(), error.message()),
                 error.value()};
  if (!receiver->socket_.is_unix()) receiver->set_buffer(buffer_bytes);
  receiver->wait();
  return receiver;
}

void DatagramReceiver::set_buffer(std::size_t bytes) {
  const int wanted = static_cast<int>(bytes);
  // The first needs CAP_NET_ADMIN, the second is cut at net.core.rmem_max. What came of it is in figures().
  if (setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0)
    (void)setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
}

void DatagramReceiver::wait() {
  readable_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                         if (error) return;
                         for (int i = 0; i < kBatchesPerTurn && receive_batch(); ++i) {
                         }
                         wait();
                       });
}

void DatagramReceiver::drain() {
  for (int i = 0; i < kBatchesPerDrain && receive_batch(); ++i) {
  }
}

// True: there may be more.
bool DatagramReceiver::receive_batch() {
  const int received = recvmmsg(socket_.descriptor(), batch_->headers.data(), kBatch, MSG_DONTWAIT, nullptr);
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

DatagramReceiver::Figures DatagramReceiver::figures() const {
  Figures figures{.packets = packets_, .truncated = truncated_};
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  if (!socket_.is_unix() &&
      getsockopt(socket_.descriptor(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size) == 0) {
    figures.kernel_drops = memory[SK_MEMINFO_DROPS];
    figures.buffer_bytes = memory[SK_MEMINFO_RCVBUF];
  }
  return figures;
}

}  // namespace squid::statsd
