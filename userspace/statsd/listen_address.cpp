#include "statsd/listen_address.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <utility>

#include "net/host_port.h"

namespace squid::statsd {
namespace {

// The path ends with a zero.
constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Result<ListenAddress> parse_path(Transport transport, std::string_view path) {
  if (path.starts_with("//")) path.remove_prefix(2);
  if (!path.starts_with('/') || path.size() > kLongestPath)
    return Error{fmt::format("'{}' is no path for a socket: it begins with a slash and has at most {} bytes",
                             path, kLongestPath)};
  return ListenAddress{.transport = transport, .address = {}, .path = std::string(path)};
}

Result<ListenAddress> parse_port(Transport transport, std::string_view text, std::uint16_t fallback_port) {
  const bool everywhere = text.starts_with(':');
  const auto parsed = parse_host_port(everywhere ? "0.0.0.0" + std::string(text) : std::string(text),
                                      {"127.0.0.1", fallback_port});
  if (!parsed)
    return Error{
        fmt::format("'{}' is not where one can listen: write PORT (loopback only), :PORT (every address), "
                    "address:PORT or [IPv6]:PORT, with a port from 1 to 65535",
                    text)};
  boost::system::error_code wrong;
  // Every address: both protocols through one socket.
  const auto address = boost::asio::ip::make_address(everywhere                    ? "::"
                                                     : parsed->host == "localhost" ? "127.0.0.1"
                                                                                   : parsed->host,
                                                     wrong);
  if (wrong) return Error{fmt::format("'{}' is a name; write the IP address to listen on", parsed->host)};
  return ListenAddress{.transport = transport, .address = address, .port = parsed->port, .path = {}};
}

}  // namespace

std::string ListenAddress::text() const {
  if (transport == Transport::kUnixStream) return "unix:" + path;
  if (transport == Transport::kUnixDatagram) return "unixgram:" + path;
  return fmt::format("{} {}", transport == Transport::kTcp ? "TCP" : "UDP",
                     HostPort{address.to_string(), port}.text());
}

Result<ListenAddress> parse_listen_address(std::string_view text, std::uint16_t fallback_port) {
  if (take_prefix(text, "unix:")) return parse_path(Transport::kUnixStream, text);
  if (take_prefix(text, "unixgram:")) return parse_path(Transport::kUnixDatagram, text);
  if (take_prefix(text, "tcp://")) return parse_port(Transport::kTcp, text, fallback_port);
  take_prefix(text, "udp://");
  return parse_port(Transport::kUdp, text, fallback_port);
}

}  // namespace squid::statsd
