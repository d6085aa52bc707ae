// What counting packets costs: nanoseconds for each packet above an empty program in the same place, and what
// is left of a loopback's requests and bytes per second. Everything in turns, many times, so that all of it
// meets the same machine; the medians are compared.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "kernel/network_programs.h"
#include "kernel/sender_program.h"
#include "kernel/unique_fd.h"
#include "pipeline/self_report.h"
#include "support/live_cgroup.h"
#include "support/median.h"

namespace squid {
namespace {

constexpr double kPacketBarNs = 20;
constexpr double kLossBarPercent = 2;
// Of a packet to anywhere else, above an empty program that is attached beside the counting one.
constexpr double kSenderBarNs = 30;
constexpr int kSenderTurns = 5;  // in each round
constexpr std::uint16_t kStatsdPort = 8125;
constexpr int kRounds = 21;
constexpr int kDatagrams = 20'000;
constexpr int kRequests = 4'000;
constexpr std::size_t kStreamBytes = std::size_t{256} << 20;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in bind_loopback(int fd) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("bind");
  return address;
}

struct Connection {
  UniqueFd client;
  UniqueFd server;
};

Connection connect_loopback() {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = bind_loopback(listener.get());
  if (listen(listener.get(), 1) != 0) fail("listen");
  UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) fail("connect");
  UniqueFd server(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const int on = 1;
  for (const int fd : {client.get(), server.get()}) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return {.client = std::move(client), .server = std::move(server)};
}

// CPU time of one datagram from this thread to itself: it passes both programs, and all of it on this CPU.
double datagram_ns() {
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = bind_loopback(fd.get());
  char byte = 'x';
  const std::uint64_t before = thread_cpu_ns();
  for (int i = 0; i < kDatagrams; ++i)
    if (sendto(fd.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 1 ||
        recv(fd.get(), &byte, 1, 0) != 1)
      fail("datagram");
  return static_cast<double>(thread_cpu_ns() - before) / kDatagrams;
}

double seconds_of(const std::function<void()>& action) {
  const auto before = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

double requests_per_second() {
  Connection connection = connect_loopback();
  std::thread echo([fd = connection.server.get()] {
    char byte = 0;
    while (read(fd, &byte, 1) == 1)
      if (write(fd, &byte, 1) != 1) break;
  });
  const double seconds = seconds_of([fd = connection.client.get()] {
    char byte = 'x';
    for (int i = 0; i < kRequests; ++i)
      if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1) fail("request");
  });
  connection.client.reset();
  echo.join();
  return kRequests / seconds;
}

double megabytes_per_second() {
  Connection connection = connect_loopback();
  const double seconds = seconds_of([&connection] {
    std::thread reader([fd = connection.server.get()] {
      std::vector<char> buffer(1 << 20);
      while (read(fd, buffer.data(), buffer.size()) > 0) {
      }
    });
    const std::vector<char> buffer(1 << 20);
    for (std::size_t sent = 0; sent < kStreamBytes; sent += buffer.size())
      if (write(connection.client.get(), buffer.data(), buffer.size()) < 0) fail("write");
    connection.client.reset();
    reader.join();
  });
  return static_cast<double>(kStreamBytes) * 1e-6 / seconds;
}

// Lets every packet pass, and does nothing else.
class EmptyPrograms {
 public:
  EmptyPrograms(int cgroup_root_fd, std::initializer_list<bpf_attach_type> places) {
    const std::array<bpf_insn, 2> allow{
        bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 1},
        bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
    for (const bpf_attach_type type : places) {
      bpf_prog_load_opts options{};
      options.sz = sizeof(options);
      options.expected_attach_type = type;
      const UniqueFd program(
          bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "empty", "GPL", allow.data(), allow.size(), &options));
      if (!program) fail("bpf_prog_load");
      links_.emplace_back(bpf_link_create(program.get(), cgroup_root_fd, type, nullptr));
      if (!links_.back()) fail("bpf_link_create");
    }
  }

 private:
  std::vector<UniqueFd> links_;
};

struct Side {
  std::vector<double> datagram, requests, megabytes;

  void measure() {
    datagram.push_back(datagram_ns());
    requests.push_back(requests_per_second());
    megabytes.push_back(megabytes_per_second());
  }
};

// What --statsd-origin adds, and an empty program instead of it.
struct NotedSide {
  std::vector<double> empty, senders;

  void measure(int cgroup_root_fd) {
    {
      const EmptyPrograms programs(cgroup_root_fd, {BPF_CGROUP_INET_EGRESS});
      empty.push_back(datagram_ns());
    }
    const auto program = SenderProgram::load(cgroup_root_fd, {.udp = {kStatsdPort}});
    if (!program) throw std::runtime_error(program.error().message);
    senders.push_back(datagram_ns());
  }
};

int run() {
  const Topology topology = live_topology();
  const UniqueFd root(open(topology.hierarchies[topology.unified().value()].mount_point.c_str(),
                           O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Side bare;
  Side empty;
  Side counted;
  NotedSide noted;
  for (int round = 0; round < kRounds; ++round) {
    bare.measure();
    {
      const EmptyPrograms programs(root.get(), {BPF_CGROUP_INET_INGRESS, BPF_CGROUP_INET_EGRESS});
      empty.measure();
    }
    auto programs = NetworkPrograms::load(root.get(), {});
    if (!programs) throw std::runtime_error(programs.error().message);
    counted.measure();
    for (int turn = 0; turn < kSenderTurns; ++turn) noted.measure(root.get());
  }
  // A datagram meets a program twice.
  const double packet_ns = (median(counted.datagram) - median(empty.datagram)) / 2;
  const auto loss = [](const std::vector<double>& with, const std::vector<double>& without) {
    return (1 - median(with) / median(without)) * 100;
  };
  std::printf("%-22s %14s %14s %14s\n", "", "no program", "empty program", "counting");
  std::printf("%-22s %14.0f %14.0f %14.0f\n", "datagram, ns of CPU", median(bare.datagram),
              median(empty.datagram), median(counted.datagram));
  std::printf("%-22s %14.0f %14.0f %14.0f\n", "requests per second", median(bare.requests),
              median(empty.requests), median(counted.requests));
  std::printf("%-22s %14.0f %14.0f %14.0f\n", "megabytes per second", median(bare.megabytes),
              median(empty.megabytes), median(counted.megabytes));
  const double requests_lost = loss(counted.requests, bare.requests);
  const double bytes_lost = loss(counted.megabytes, bare.megabytes);
  // A bare echo of one byte is the worst case there is: no real server does so little for a request.
  const double sender_ns = median(noted.senders) - median(noted.empty);
  const bool met = packet_ns <= kPacketBarNs && bytes_lost <= kLossBarPercent && sender_ns <= kSenderBarNs;
  std::printf("\nper packet, above an empty program: %.1f ns (bar %.0f)\n", packet_ns, kPacketBarNs);
  std::printf("per packet sent, of --statsd-origin, above an empty program: %.1f ns (bar %.0f)\n", sender_ns,
              kSenderBarNs);
  std::printf("lost against no program: %.1f %% of requests, %.1f %% of bytes (bar %.0f %%): %s\n",
              requests_lost, bytes_lost, kLossBarPercent, met ? "met" : "missed");
  return met ? 0 : 1;
}

}  // namespace
}  // namespace squid

int main() try { return squid::run(); } catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
