// Both ends of what tests/bench/statsd_peers.py measures.
//
//   send PORT TYPE KEYS LINES PACKETS ROOM [PID | PER_SECOND/s]
//     Packets of so many lines each, with so many different keys; ROOM is how many bytes may wait in the
//     receiver's socket before more is sent, so that nothing is lost. With its PID the receiver is stopped
//     while they gather, so that it always finds full batches; with a rate nobody is waited for. Prints how
//     many packets, in how many seconds, and how many the kernel has dropped.
//   discard PORT
//     Receives as squid-bpf does and looks at nothing.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "kernel/unique_fd.h"

namespace squid {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

struct Traffic {
  std::uint16_t port;
  std::string type;
  std::size_t keys;
  std::size_t lines;  // of a packet
  std::size_t packets;
  std::uint64_t room;
  pid_t receiver;     // to be stopped, 0: goes on
  double per_second;  // 0: as the receiver gets on
};

// Of equal length all of them, and so many in one piece: the kernel cuts it into packets, which costs the
// sender a fraction of sending each. All in one must fit the longest datagram.
constexpr std::size_t kPacketsPerPiece = 32;

std::string make_line(std::size_t number, const Traffic& traffic) {
  // One in each packet has no type, and one a key that is new.
  if (traffic.type == "mixed" && number % traffic.lines == 0) return "no line of statsd at all!\n";
  if (traffic.type == "mixed" && number % traffic.lines == 1)
    return fmt::format("shop.web.new.{:06}:{:03}|c\n", number % 1'000'000, number % 1000);
  return fmt::format("shop.web.req.{:06}:{:03}|{}\n", number * 7919 % traffic.keys, number % 1000,
                     traffic.type == "mixed" ? "c" : traffic.type);
}

// Goes through all keys.
std::vector<std::string> make_pieces(const Traffic& traffic) {
  const std::size_t lines_per_piece = kPacketsPerPiece * traffic.lines;
  std::vector<std::string> pieces((traffic.keys + lines_per_piece - 1) / lines_per_piece);
  std::size_t number = 0;
  for (std::string& piece : pieces)
    for (std::size_t i = 0; i < lines_per_piece; ++i) piece += make_line(number++, traffic);
  return pieces;
}

struct Waiting {
  std::uint64_t bytes = 0;
  std::uint64_t drops = 0;
};

// What the kernel tells of the receiver's socket.
Waiting ask_kernel(std::uint16_t port) {
  // As the local address; the sender has it as its remote one.
  const std::string wanted = fmt::format(": 0100007F:{:04X} ", port);
  std::ifstream sockets("/proc/self/net/udp");
  for (std::string line; std::getline(sockets, line);) {
    if (line.find(wanted) == std::string::npos) continue;
    Waiting waiting;
    // sl local remote state tx:rx timer:when retransmits uid timeout inode references pointer drops
    if (std::sscanf(line.c_str(),
                    "%*s %*s %*s %*s %*[0-9A-F]:%" SCNx64 " %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
                    &waiting.bytes, &waiting.drops) == 2)
      return waiting;
  }
  throw std::runtime_error("nobody listens on port " + std::to_string(port));
}

void wait_for_room(const Traffic& traffic) {
  const std::uint64_t waiting = ask_kernel(traffic.port).bytes;
  if (waiting <= traffic.room) return;
  if (traffic.receiver != 0) (void)kill(traffic.receiver, SIGCONT);
  const std::uint64_t most = traffic.receiver != 0 ? 0 : traffic.room;
  while (ask_kernel(traffic.port).bytes > most) std::this_thread::sleep_for(std::chrono::microseconds(20));
  if (traffic.receiver != 0) (void)kill(traffic.receiver, SIGSTOP);
}

void send(const Traffic& traffic) {
  const std::vector<std::string> pieces = make_pieces(traffic);
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(traffic.port);
  const int length = static_cast<int>(pieces.front().size() / kPacketsPerPiece);
  if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      setsockopt(fd.get(), SOL_UDP, UDP_SEGMENT, &length, sizeof length) != 0)
    fail("socket");
  const auto started = Clock::now();
  std::size_t sent = 0;
  for (std::size_t i = 0; sent < traffic.packets; ++i, sent += kPacketsPerPiece) {
    if (traffic.per_second > 0)
      std::this_thread::sleep_until(started + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                                  static_cast<double>(sent) * 1e9 / traffic.per_second)));
    else
      wait_for_room(traffic);
    const std::string& piece = pieces[i % pieces.size()];
    if (::send(fd.get(), piece.data(), piece.size(), 0) != static_cast<ssize_t>(piece.size())) fail("send");
  }
  if (traffic.receiver != 0) (void)kill(traffic.receiver, SIGCONT);
  while (traffic.per_second == 0 && ask_kernel(traffic.port).bytes > 0)
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  const std::chrono::duration<double> took = Clock::now() - started;
  fmt::print("{} {} {}\n", sent, took.count(), ask_kernel(traffic.port).drops);
}

[[noreturn]] void discard(std::uint16_t port) {
  constexpr std::size_t kBatch = 64;
  constexpr std::size_t kDatagramBytes = 65'536;
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  const int buffer = 8 << 20;
  if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0 ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("socket");
  std::vector<char> bytes(kBatch * kDatagramBytes);
  std::array<iovec, kBatch> pieces{};
  std::array<mmsghdr, kBatch> headers{};
  for (std::size_t i = 0; i < kBatch; ++i) {
    pieces[i] = {.iov_base = &bytes[i * kDatagramBytes], .iov_len = kDatagramBytes};
    headers[i].msg_hdr.msg_iov = &pieces[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  for (;;) {
    pollfd readable{.fd = fd.get(), .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, -1) < 0) fail("poll");
    while (recvmmsg(fd.get(), headers.data(), kBatch, MSG_DONTWAIT, nullptr) == static_cast<int>(kBatch)) {
    }
  }
}

int run(const std::vector<std::string>& words) {
  const auto number = [&words](std::size_t i) { return std::stoull(words.at(i)); };
  if (words.at(0) == "discard") discard(static_cast<std::uint16_t>(number(1)));
  const bool is_rate = words.size() > 7 && words[7].ends_with("/s");
  send({.port = static_cast<std::uint16_t>(number(1)),
        .type = words.at(2),
        .keys = number(3),
        .lines = number(4),
        .packets = number(5),
        .room = number(6),
        .receiver = words.size() > 7 && !is_rate ? static_cast<pid_t>(number(7)) : 0,
        .per_second = is_rate ? std::stod(words[7]) : 0});
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace squid

int main(int argc, char** argv) try {
  return squid::run({argv + 1, argv + argc});
} catch (const std::exception& error) {
  (void)std::fprintf(stderr, "%s\n", error.what());
  return EXIT_FAILURE;
}
