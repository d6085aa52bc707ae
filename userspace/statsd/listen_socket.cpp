#include "statsd/listen_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace squid::statsd {
namespace {

// By convention, of those who give sockets.
constexpr int kFirstGiven = 3;
constexpr unsigned kMostGiven = 1024;

int make_socket(int family, bool stream) {
  return socket(family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

bool set_flag(int descriptor, int level, int name, int value) {
  return setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

int option_of(int descriptor, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int try_to_connect(const std::string& path, bool stream) {
  const int probe = make_socket(AF_UNIX, stream);
  if (probe < 0) return errno;
  const sockaddr_un address = unix_address(path);
  const bool connected = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int why = connected ? 0 : errno;
  close(probe);
  return why;
}

// What an earlier run has left there is in the way of bind().
Result<void> remove_stale(const std::string& path, bool stream) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode))
    return Error{
        fmt::format("'{}' is there already and is no socket; remove it or choose another path", path)};
  const int why = try_to_connect(path, stream);
  if (why == ENOENT) return {};
  if (why != ECONNREFUSED)
    return Error{fmt::format("another process listens on '{}'; stop it or choose another path", path), why};
  if (unlink(path.c_str()) != 0) return errno_error(fmt::format("cannot replace '{}'", path), errno);
  return {};
}

}  // namespace

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      is_stream_(other.is_stream_),
      is_unix_(other.is_unix_),
      text_(std::move(other.text_)),
      path_(std::exchange(other.path_, {})),
      file_(other.file_) {}

ListenSocket::~ListenSocket() {
  if (descriptor_ >= 0) close(descriptor_);
  struct stat now {};
  if (path_.empty() || lstat(path_.c_str(), &now) != 0) return;
  if (now.st_dev == file_.st_dev && now.st_ino == file_.st_ino) unlink(path_.c_str());
}

Result<ListenSocket> ListenSocket::open(const ListenAddress& address, unsigned mode) {
  const bool is_unix = !address.path.empty();
  const bool stream = address.transport == Transport::kTcp || address.transport == Transport::kUnixStream;
  const bool everywhere = !is_unix && address.address == boost::asio::ip::address_v6::any();
  const int family = is_unix ? AF_UNIX : address.address.is_v6() ? AF_INET6 : AF_INET;
  ListenAddress wanted = address;
  ListenSocket socket(make_socket(family, stream));
  if (socket.descriptor_ < 0 && errno == EAFNOSUPPORT && everywhere) {
    // A kernel without IPv6: every address is every IPv4 address.
    wanted.address = boost::asio::ip::address_v4::any();
    socket.descriptor_ = make_socket(AF_INET, stream);
  }
  socket.is_stream_ = stream;
  socket.is_unix_ = is_unix;
  socket.text_ = wanted.text();
  if (socket.descriptor_ < 0) return errno_error("cannot listen on " + socket.text_, errno);
  const auto bound = is_unix ? socket.bind_to_path(address.path, mode) : socket.bind_to_port(wanted);
  if (!bound) return bound.error();
  if (stream && listen(socket.descriptor_, SOMAXCONN) != 0)
    return errno_error("cannot listen on " + socket.text_, errno);
  return socket;
}

Result<void> ListenSocket::bind_to_port(const ListenAddress& address) {
  // Distributions differ in their default.
  if (address.address.is_v6())
    set_flag(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, address.address != boost::asio::ip::address_v6::any());
  // Or the port would stay taken for a while after a restart.
  if (is_stream_) set_flag(descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
  const boost::asio::ip::tcp::endpoint endpoint(address.address, address.port);
  if (bind(descriptor_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0)
    return errno_error("cannot listen on " + text_, errno);
  return {};
}

// The flag is set once the first one is bound: a port that another process has is not shared with it.
Result<ListenSocket> ListenSocket::open_another() {
  boost::asio::ip::tcp::endpoint own;
  auto size = static_cast<socklen_t>(own.capacity());
  if (getsockname(descriptor_, own.data(), &size) != 0 || !set_flag(descriptor_, SOL_SOCKET, SO_REUSEPORT, 1))
    return errno_error("cannot share " + text_, errno);
  ListenSocket other(make_socket(own.data()->sa_family, false));
  other.text_ = text_;
  if (other.descriptor_ < 0 || !set_flag(other.descriptor_, SOL_SOCKET, SO_REUSEPORT, 1))
    return errno_error("cannot share " + text_, errno);
  if (const auto bound = other.bind_to_port({.address = own.address(), .port = own.port(), .path = {}});
      !bound)
    return bound.error();
  return other;
}

Result<void> ListenSocket::bind_to_path(const std::string& path, unsigned mode) {
  if (const auto removed = remove_stale(path, is_stream_); !removed) return removed.error();
  const sockaddr_un address = unix_address(path);
  // What is below /run goes with each start of the host. Why it cannot be made, the next call tells.
  if (const std::string folder = path.substr(0, path.rfind('/')); folder.starts_with("/run/"))
    mkdir(folder.c_str(), 0755);
  // The file is made with the socket's own permissions, so that nobody finds it wider than asked for; the
  // second call gives what the umask took.
  fchmod(descriptor_, mode);
  if (bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return errno_error("cannot listen on " + text_, errno);
  path_ = path;
  if (lstat(path.c_str(), &file_) != 0 || chmod(path.c_str(), mode) != 0)
    return errno_error(fmt::format("cannot set the permissions of '{}'", path), errno);
  return {};
}

Result<ListenSocket> ListenSocket::adopt(int descriptor) {
  ListenSocket socket(descriptor);
  const int family = option_of(descriptor, SO_DOMAIN);
  const int type = option_of(descriptor, SO_TYPE);
  if ((family != AF_INET && family != AF_INET6 && family != AF_UNIX) ||
      (type != SOCK_DGRAM && type != SOCK_STREAM) ||
      (type == SOCK_STREAM && option_of(descriptor, SO_ACCEPTCONN) != 1))
    return Error{fmt::format(
        "descriptor {} (LISTEN_FDS) is neither a datagram socket nor a stream socket that listens; see what "
        "starts squid-bpf",
        descriptor)};
  socket.is_stream_ = type == SOCK_STREAM;
  socket.is_unix_ = family == AF_UNIX;
  socket.text_ = fmt::format("descriptor {}", descriptor);
  if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0 || fcntl(descriptor, F_SETFL, O_NONBLOCK) != 0)
    return errno_error("cannot use " + socket.text_, errno);
  return socket;
}

std::uint16_t ListenSocket::port() const {
  boost::asio::ip::tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (is_unix_ || getsockname(descriptor_, endpoint.data(), &size) != 0) return 0;
  endpoint.resize(size);
  return endpoint.port();
}

Result<unsigned> count_given_sockets(const char* listen_fds, const char* listen_pid, int pid) {
  // Without the second they are meant for another process, which has started us.
  if (listen_fds == nullptr || listen_pid == nullptr || listen_pid != std::to_string(pid)) return 0U;
  const std::string_view text(listen_fds);
  unsigned count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count > kMostGiven)
    return Error{fmt::format(
        "LISTEN_FDS is '{}', not a number of sockets up to {}; see what starts squid-bpf", text, kMostGiven)};
  return count;
}

Result<std::vector<ListenSocket>> take_given_sockets() {
  const auto count = count_given_sockets(std::getenv("LISTEN_FDS"), std::getenv("LISTEN_PID"), getpid());
  if (!count) return count.error();
  for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}) unsetenv(name);
  std::vector<ListenSocket> sockets;
  for (unsigned i = 0; i < *count; ++i) {
    auto socket = ListenSocket::adopt(kFirstGiven + static_cast<int>(i));
    if (!socket) return socket.error();
    sockets.push_back(*std::move(socket));
  }
  return sockets;
}

}  // namespace squid::statsd
