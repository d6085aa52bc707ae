// A statsd client in one header, for C++17 and without any library: copy it, or add this folder to the
// include path.
//
//   squid_statsd::Client statsd({"127.0.0.1", 8125, "shop."});
//   statsd.increment("orders");
//   statsd.time("checkout", 12.5);
//   { const auto timer = statsd.timer("render"); render(); }      sent when it goes out of scope
//
// Nothing here blocks, throws or writes to stderr: what cannot be sent is lost, as with any packet of UDP. A
// client may be used by several threads at once.
#ifndef SQUID_STATSD_H
#define SQUID_STATSD_H

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace squid_statsd {

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8125;
  std::string prefix;  // in front of every name
};

class Client;

// Milliseconds from its making to its end, or to stop().
class Timer {
 public:
  Timer(Client& client, std::string name, double rate)
      : client_(&client), name_(std::move(name)), rate_(rate) {}
  Timer(Timer&& other) noexcept
      : client_(std::exchange(other.client_, nullptr)),
        name_(std::move(other.name_)),
        rate_(other.rate_),
        start_(other.start_) {}
  Timer& operator=(Timer&&) = delete;
  ~Timer() { stop(); }

  void stop();
  // Sends nothing.
  void cancel() { client_ = nullptr; }

 private:
  Client* client_;
  std::string name_;
  double rate_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class Client {
 public:
  explicit Client(const Address& address) : prefix_(address.prefix) { open(address); }
  Client() : Client(Address{}) {}
  ~Client() {
    if (socket_ >= 0) close(socket_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Whether the host's name was found; nobody has to be there yet.
  bool is_open() const { return socket_ >= 0; }

  // Why earlier packets did not arrive, as far as the kernel was told: ECONNREFUSED where nobody listens;
  // else 0. Forgets it.
  int take_error() const {
    int error = 0;
    socklen_t size = sizeof(error);
    return getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : 0;
  }

  // Of each, a share of `rate` is sent, and the server makes up for the rest.
  void increment(std::string_view name, double rate = 1) { count(name, 1, rate); }
  void decrement(std::string_view name, double rate = 1) { count(name, -1, rate); }
  void count(std::string_view name, double amount, double rate = 1) { sample(name, amount, "c", rate); }
  void time(std::string_view name, double milliseconds, double rate = 1) {
    sample(name, milliseconds, "ms", rate);
  }
  void histogram(std::string_view name, double value, double rate = 1) { sample(name, value, "h", rate); }
  Timer timer(std::string name, double rate = 1) { return Timer(*this, std::move(name), rate); }

  // Below zero it takes two lines: a gauge with a sign is a change.
  void gauge(std::string_view name, double value) {
    if (std::signbit(value))
      send(line(name, "0", "g") + "\n" + line(name, text(value), "g"));
    else
      send(line(name, text(value), "g"));
  }
  void change_gauge(std::string_view name, double by) {
    send(line(name, (std::signbit(by) ? "" : "+") + text(by), "g"));
  }
  void add_to_set(std::string_view name, std::string_view member) { send(line(name, member, "s")); }

  // One packet as it is: lines of any dialect.
  bool send(std::string_view packet) const {
    return ::send(socket_, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(packet.size());
  }

 private:
  void open(const Address& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) return;
    for (const addrinfo* one = found; one != nullptr && socket_ < 0; one = one->ai_next) {
      socket_ = ::socket(one->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (socket_ >= 0 && connect(socket_, one->ai_addr, one->ai_addrlen) != 0) {
        close(socket_);
        socket_ = -1;
      }
    }
    freeaddrinfo(found);
  }

  void sample(std::string_view name, double value, const char* type, double rate) {
    if (!std::isfinite(value)) return;
    if (rate >= 1) {
      send(line(name, text(value), type));
    } else if (rate > 0 && chance() < rate) {
      send(line(name, text(value), type) + "|@" + text(rate));
    }
  }

  std::string line(std::string_view name, std::string_view value, const char* type) const {
    std::string line = prefix_;
    line.append(name).append(1, ':').append(value).append(1, '|').append(type);
    return line;
  }

  // Six decimals at most, without zeros behind the last one that counts.
  static std::string text(double value) {
    char digits[400];
    std::snprintf(digits, sizeof(digits), "%.6f", value);
    std::string text = digits;
    for (char& c : text)
      if (c == ',') c = '.';  // of the user's language
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  }

  static double chance() {
    thread_local std::minstd_rand random(std::random_device{}());
    return std::uniform_real_distribution<double>(0, 1)(random);
  }

  std::string prefix_;
  int socket_ = -1;
};

inline void Timer::stop() {
  if (client_ == nullptr) return;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start_;
  std::exchange(client_, nullptr)->time(name_, took.count(), rate_);
}

}  // namespace squid_statsd

#endif
