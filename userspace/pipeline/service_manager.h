// ServiceManager: tells systemd, or whatever speaks its protocol, that the daemon is ready and that it still
// works. The protocol is one datagram to the socket that the environment names; libsystemd is not worth its
// dependencies.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace squid {

struct ServiceSettings {
  std::string socket;                                 // NOTIFY_SOCKET; empty: nobody wants to know
  std::optional<std::chrono::microseconds> watchdog;  // told at least this often, or we are killed
};
using ReadVariable = std::function<const char*(const char* name)>;
ServiceSettings parse_service_settings(const ReadVariable& read, pid_t self);

class ServiceManager {
 public:
  // `works` is asked each time before the watchdog is told so.
  ServiceManager(boost::asio::io_context& io, ServiceSettings settings, std::function<bool()> works);

  // When io runs next, it is told that we are ready; from then on the watchdog is served.
  void begin();
  void begin_reload();
  void end_reload();
  void end();

 private:
  void tell(std::string_view state) const;
  void serve_watchdog();

  boost::asio::steady_timer timer_;
  ServiceSettings settings_;
  std::function<bool()> works_;
};

}  // namespace squid
