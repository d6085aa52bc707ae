#include "net/host_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace squid {
namespace {

// The longest name that DNS has.
constexpr std::size_t kHostBytes = 253;

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_host(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:%").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kHostBytes && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

std::string HostPort::text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<HostPort> parse_host_port(std::string_view text, const HostPort& fallback) {
  const Error wrong{fmt::format(
      "'{}' is not an address: write host:port, host, port or [IPv6]:port, with a port from 1 to 65535",
      text)};
  HostPort result = fallback;
  std::string_view host = text;
  std::string_view port;
  if (text.empty()) return result;
  if (is_number(text)) {
    host = fallback.host;
    port = text;
  } else if (text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return wrong;
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return wrong;
    if (!rest.empty()) port = rest.substr(1);
    if (rest == ":") return wrong;
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    // An IPv6 address without brackets ends here as well: where its port begins cannot be told.
    if (port.empty() || host.empty()) return wrong;
  }
  if (!is_host(host)) return wrong;
  result.host = host;
  if (port.empty()) return result;
  const std::optional<std::uint16_t> number = parse_port(port);
  if (!number) return wrong;
  result.port = *number;
  return result;
}

}  // namespace squid
