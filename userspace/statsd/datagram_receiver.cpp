#include "statsd/datagram_receiver.h"

#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

namespace squid::statsd {

namespace {

constexpr unsigned kBatch = 64;
// A UDP datagram has 16 bits for its length.
constexpr std::size_t kDatagramBytes = 65'536;
// From one datagram to the next. Were it a power of two, their beginnings would drive each other out of the
// processor's caches.
constexpr std::size_t kDatagramStride = kDatagramBytes + 17 * 64;
// Batches in a row before anything else gets its turn.
constexpr int kBatchesPerTurn = 16;
constexpr int kBatchesPerDrain = 512;

}  // namespace

// Buffers that the kernel fills. Pages that no packet ever reached take no memory.
struct DatagramReceiver::Batch {
  Batch() {
    for (unsigned i = 0; i < kBatch; ++i) {
      pieces[i] = {.iov_base = bytes.get() + i * kDatagramStride, .iov_len = kDatagramBytes};
      headers[i].msg_hdr.msg_iov = &pieces[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }
  std::unique_ptr<char[]> bytes{new char[kBatch * kDatagramStride]};
  std::array<iovec, kBatch> pieces{};
  std::array<mmsghdr, kBatch> headers{};

  // What the kernel tells about a sender: of UDP the address, on a unix socket the process. There is room for
  // nothing else, so a client cannot make us hold descriptors that it sends along.
  struct Sender {
    sockaddr_storage address;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> credentials;
  };
  std::vector<Sender> senders;  // empty: nobody asks

  void make_room_for_senders(bool is_unix) {
    for (std::size_t i = 0; i < senders.size(); ++i) {
      msghdr& message = headers[i].msg_hdr;
      message.msg_name = is_unix ? nullptr : &senders[i].address;
      message.msg_namelen = is_unix ? 0 : sizeof senders[i].address;
      message.msg_control = is_unix ? senders[i].credentials.data() : nullptr;
      message.msg_controllen = is_unix ? senders[i].credentials.size() : 0;
    }
  }
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
  return receiver;
}

void DatagramReceiver::begin() {
  wait();
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
                         receive(kBatchesPerTurn);
                         wait();
                       });
}

void DatagramReceiver::drain() {
  receive(kBatchesPerDrain);
}

void DatagramReceiver::receive(int most_batches) {
  std::uint64_t packets = 0;
  for (int i = 0; i < most_batches; ++i) {
    const unsigned received = receive_batch();
    packets += received;
    if (received < kBatch) break;
  }
  most_waiting_ = std::max(most_waiting_, packets);
}

void DatagramReceiver::stop() {
  drain();
  boost::system::error_code ignored;
  readable_.close(ignored);
}

void DatagramReceiver::identify_senders(std::unique_ptr<SenderFinder> finder) {
  batch_->senders.resize(kBatch);
  finder_ = std::move(finder);
}

void DatagramReceiver::identify_senders(OriginSource& origins) {
  const int on = 1;
  (void)setsockopt(socket_.descriptor(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  batch_->senders.resize(kBatch);
  origins_ = &origins;
}

Sender DatagramReceiver::sender_of(msghdr& message) {
  if (finder_) {
    const auto source = read_source_address(*static_cast<const sockaddr_storage*>(message.msg_name), false);
    return source ? Sender{.cgroup = finder_->find_cgroup(*source)} : Sender{};
  }
  if (origins_ == nullptr) return {};
  const cmsghdr* control = CMSG_FIRSTHDR(&message);
  if (control == nullptr || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_CREDENTIALS)
    return {};
  ucred credentials{};
  std::memcpy(&credentials, CMSG_DATA(control), sizeof credentials);
  return {.origin = origins_->find_by_process(credentials.pid)};
}

unsigned DatagramReceiver::receive_batch() {
  batch_->make_room_for_senders(socket_.is_unix());
  const int received = recvmmsg(socket_.descriptor(), batch_->headers.data(), kBatch, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < received; ++i) {
    mmsghdr& header = batch_->headers[static_cast<std::size_t>(i)];
    ++packets_;
    if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0)
      ++truncated_;
    else
      take_({static_cast<const char*>(header.msg_hdr.msg_iov->iov_base), header.msg_len},
            sender_of(header.msg_hdr));
  }
  return received < 0 ? 0 : static_cast<unsigned>(received);
}

std::uint64_t DatagramReceiver::take_most_waiting() {
  return std::exchange(most_waiting_, 0);
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
