#include "statsd/origin.h"

#include <netinet/in.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "statsd/key_buffer.h"

namespace squid::statsd {
namespace {

// Below the 255 bytes of a file name, for carbon makes one of it.
constexpr std::size_t kLongestComponent = 200;

void append_clean(std::string& out, std::string_view text, std::string_view kept) {
  text = text.substr(0, kLongestComponent);
  for (const char c : text.empty() ? std::string_view("_") : text)
    out += name_byte(c) == NameByte::kClean || kept.find(c) != std::string_view::npos ? c : '_';
}

// Empty components are left out, for they would shift all that follows.
std::string clean_path(std::string_view text) {
  std::string path;
  while (!text.empty()) {
    const std::size_t dot = text.find('.');
    const std::string_view component = text.substr(0, dot);
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
    if (component.empty()) continue;
    if (!path.empty()) path += '.';
    append_clean(path, component, "");
  }
  return path;
}

}  // namespace

Origin make_origin(std::shared_ptr<const Container> container) {
  Origin origin{.container = nullptr, .path = clean_path(container->series_name), .tag_value = {}};
  if (origin.path.empty()) append_clean(origin.path, container->name, "");
  append_clean(origin.tag_value, container->name, ".:@+%");
  origin.container = std::move(container);
  return origin;
}

std::optional<SourceAddress> read_source_address(const sockaddr_storage& address, bool is_tcp) {
  SourceAddress source{.is_tcp = is_tcp};
  if (address.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::copy_n(ipv6.sin6_addr.s6_addr, source.address.size(), source.address.begin());
    source.port = ipv6.sin6_port;
    return source;
  }
  if (address.ss_family != AF_INET) return std::nullopt;
  const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&ipv4.sin_addr);
  source.address[10] = source.address[11] = 0xff;
  std::copy_n(bytes, 4, source.address.begin() + 12);
  source.port = ipv4.sin_port;
  return source;
}

OriginSource::Answer find_origin_of_connection(OriginSource& origins, SenderFinder& finder, int connection) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(connection, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return nullptr;
  if (const auto source = read_source_address(peer, true)) {
    const std::uint64_t cgroup = finder.find_cgroup(*source);
    return cgroup == 0 ? nullptr : origins.find_by_cgroup(cgroup);
  }
  ucred credentials{};
  size = sizeof credentials;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return nullptr;
  return origins.find_by_process(credentials.pid);
}

}  // namespace squid::statsd
