#include "pipeline/status_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace squid {
namespace {

constexpr int kBacklog = 8;
constexpr std::size_t kLongestStatus = 65536;

class Socket {
 public:
  Socket() : number_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int connect_to(const Socket& socket, const sockaddr_un& address) {
  return connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

// A daemon that was killed leaves its socket behind.
void remove_abandoned(const std::string& path, const sockaddr_un& address) {
  struct stat there {};
  if (lstat(path.c_str(), &there) != 0 || !S_ISSOCK(there.st_mode)) return;
  const Socket probe;
  if (connect_to(probe, address) != 0 && errno == ECONNREFUSED) unlink(path.c_str());
}

}  // namespace

Result<std::unique_ptr<StatusSocket>> StatusSocket::open(boost::asio::io_context& io, const std::string& path,
                                                         Tell tell) {
  const auto address = address_of(path);
  if (!address) return Error{fmt::format("'{}' is too long for the path of a socket", path), ENAMETOOLONG};
  std::error_code not_made;  // then bind() says why
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), not_made);
  remove_abandoned(path, *address);
  Socket listener;
  const mode_t before = umask(S_IXUSR | S_IRWXG | S_IRWXO);
  const int bound = bind(listener.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address));
  const int code = errno;
  umask(before);
  if (bound != 0) return errno_error(fmt::format("cannot make the socket {}", path), code);
  if (listen(listener.number(), kBacklog) != 0)
    return errno_error(fmt::format("cannot listen at {}", path), errno);
  return std::unique_ptr<StatusSocket>(new StatusSocket(io, listener.release(), path, std::move(tell)));
}

StatusSocket::StatusSocket(boost::asio::io_context& io, int listener, std::string path, Tell tell)
    : listener_(io, listener), path_(std::move(path)), tell_(std::move(tell)) {
  wait();
}

StatusSocket::~StatusSocket() {
  unlink(path_.c_str());
}

void StatusSocket::wait() {
  listener_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                         if (error) return;
                         answer();
                         wait();
                       });
}

void StatusSocket::answer() {
  const int asker = accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
  if (asker < 0) return;
  // It fits into the socket's buffer whole, so nobody who asks and does not read can hold us up.
  const std::string text = tell_().substr(0, kLongestStatus);
  [[maybe_unused]] const ssize_t sent = send(asker, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  close(asker);
}

Result<std::string> read_status(const std::string& path, std::chrono::milliseconds longest_wait) {
  const auto address = address_of(path);
  const Socket socket;
  if (!address || connect_to(socket, *address) != 0)
    return errno_error(fmt::format("no squid-bpf answers at {}", path), address ? errno : ENAMETOOLONG);
  const auto give_up = std::chrono::steady_clock::now() + longest_wait;
  std::string text;
  while (text.size() <= kLongestStatus) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(give_up - std::chrono::steady_clock::now());
    pollfd readable{.fd = socket.number(), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) <= 0)
      return Error{fmt::format("the squid-bpf at {} does not answer within {} s", path,
                               static_cast<double>(longest_wait.count()) / 1000),
                   ETIMEDOUT};
    char bytes[4096];
    const ssize_t got = recv(socket.number(), bytes, sizeof(bytes), 0);
    if (got < 0) return errno_error(fmt::format("cannot read from {}", path), errno);
    if (got == 0) break;
    text.append(bytes, static_cast<std::size_t>(got));
  }
  if (text.empty()) return Error{fmt::format("the squid-bpf at {} said nothing", path)};
  return text;
}

}  // namespace squid
