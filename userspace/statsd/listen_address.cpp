#include "statsd/listen_address.h"

#include <fmt/format.h>

#include <string>

#include "net/host_port.h"

namespace squid::statsd {

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const bool everywhere = text.starts_with(':');
  const auto parsed =
      parse_host_port(everywhere ? "0.0.0.0" + std::string(text) : std::string(text), {"127.0.0.1", 8125});
  if (!parsed)
    return Error{
        fmt::format("'{}' is not where one can listen: write PORT (loopback only), :PORT (every address), "
                    "address:PORT or "
                    "[IPv6]:PORT, with a port from 1 to 65535",
                    text)};
  boost::system::error_code wrong;
  // Every address: both protocols through one socket.
  const auto address = boost::asio::ip::make_address(everywhere                    ? "::"
                                                     : parsed->host == "localhost" ? "127.0.0.1"
                                                                                   : parsed->host,
                                                     wrong);
  if (wrong) return Error{fmt::format("'{}' is a name; write the IP address to listen on", parsed->host)};
  return ListenAddress{address, parsed->port};
}

}  // namespace squid::statsd
