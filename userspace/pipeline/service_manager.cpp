#include "pipeline/service_manager.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace squid {
namespace {

std::optional<std::uint64_t> parse_number(const char* text) {
  if (text == nullptr) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

ServiceSettings parse_service_settings(const ReadVariable& read, pid_t self) {
  ServiceSettings settings;
  if (const char* socket = read("NOTIFY_SOCKET"))
    if (*socket == '/' || *socket == '@') settings.socket = socket;
  const auto period = parse_number(read("WATCHDOG_USEC"));
  const auto whose = parse_number(read("WATCHDOG_PID"));
  if (period.value_or(0) > 0 &&
      whose.value_or(static_cast<std::uint64_t>(self)) == static_cast<std::uint64_t>(self))
    settings.watchdog = std::chrono::microseconds(*period);
  return settings;
}

ServiceManager::ServiceManager(boost::asio::io_context& io, ServiceSettings settings,
                               std::function<bool()> works)
    : timer_(io), settings_(std::move(settings)), works_(std::move(works)) {}

void ServiceManager::begin() {
  if (settings_.socket.empty()) return;
  boost::asio::post(timer_.get_executor(), [this] {
    tell("READY=1");
    if (settings_.watchdog) serve_watchdog();
  });
}

void ServiceManager::begin_reload() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void ServiceManager::end_reload() {
  tell("READY=1");
}

void ServiceManager::end() {
  tell("STOPPING=1");
}

void ServiceManager::serve_watchdog() {
  if (works_()) tell("WATCHDOG=1");
  // Twice as often as asked for, as is the custom.
  timer_.expires_after(*settings_.watchdog / 2);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) serve_watchdog();
  });
}

void ServiceManager::tell(std::string_view state) const {
  sockaddr_un address{};
  if (settings_.socket.empty() || settings_.socket.size() > sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, settings_.socket.data(), settings_.socket.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // a name without a file
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + settings_.socket.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                       reinterpret_cast<const sockaddr*>(&address), size) < 0)
    spdlog::warn("cannot tell the service manager that {}: {}", state, std::strerror(errno));
  if (fd >= 0) close(fd);
}

}  // namespace squid
