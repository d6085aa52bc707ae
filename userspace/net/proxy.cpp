#include "net/proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cctype>
#include <initializer_list>

#include "net/basic_auth.h"
#include "net/server_url.h"

namespace squid {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

constexpr std::uint16_t kProxyPort = 1080;  // curl's

struct Variable {
  const char* name = nullptr;
  std::string_view value;  // empty: none of them is set
};

Variable first_set(const Variables& variables, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = variables(name); value != nullptr && *value != '\0') return {name, value};
  return {};
}

std::string_view without_end_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool equals(std::string_view left, std::string_view right) {
  return std::ranges::equal(
      left, right, [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

// The name itself, or one of a host below it.
bool is_name_of(std::string_view entry, std::string_view host) {
  entry = without_end_dot(entry);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  host = without_end_dot(host);
  if (entry.empty() || entry.size() > host.size()) return false;
  const std::size_t above = host.size() - entry.size();
  return equals(host.substr(above), entry) && (above == 0 || host[above - 1] == '.');
}

template <typename Network, typename Address>
bool holds(const Network& network, const Address& address) {
  return Network(address, network.prefix_length()).canonical() == network.canonical();
}

bool is_network_of(std::string_view entry, const ip::address& host) {
  error_code error;
  if (host.is_v4()) {
    const auto network = ip::make_network_v4(std::string(entry), error);
    return !error && holds(network, host.to_v4());
  }
  const auto network = ip::make_network_v6(std::string(entry), error);
  return !error && holds(network, host.to_v6());
}

bool is_address_of(std::string_view entry, const ip::address& host) {
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (entry.find('/') != std::string_view::npos) return is_network_of(entry, host);
  error_code error;
  const ip::address address = ip::make_address(std::string(entry), error);
  return !error && address == host;
}

}  // namespace

std::string Proxy::authorization() const {
  return user.empty() && password.empty() ? std::string() : basic_auth(user, password);
}

Result<Proxy> parse_proxy(std::string_view text) {
  // What stands before it would be taken for something that may be shown.
  if (text.find('@') == std::string_view::npos && text.find("%40") != std::string_view::npos)
    return Error{"write the @ before the host of a proxy as it is, not as %40"};
  const bool has_scheme = text.find("://") != std::string_view::npos;
  const auto url =
      parse_server_url(has_scheme ? std::string(text) : fmt::format("http://{}", text), kProxyPort);
  if (!url) return url.error();
  if (url->scheme != "http")
    return Error{fmt::format("a proxy is spoken to by http:// and not by {}://", url->scheme)};
  if (!url->path.empty() && url->path != "/") return Error{"a proxy has no path; write http://host:port"};
  return Proxy{.address = url->server, .user = url->user, .password = url->password};
}

bool is_exempt(std::string_view no_proxy, std::string_view host) {
  error_code is_a_name;
  const ip::address address = ip::make_address(std::string(host), is_a_name);
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find_first_of(", \t"), no_proxy.size());
    const std::string_view entry = no_proxy.substr(0, end);
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
    if (entry == "*" || (is_a_name ? is_name_of(entry, host) : is_address_of(entry, address))) return true;
  }
  return false;
}

Result<std::optional<Proxy>> choose_proxy(const std::string& host, bool encrypted,
                                          const Variables& variables) {
  using Choice = std::optional<Proxy>;
  const Variable proxy = encrypted
                             ? first_set(variables, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                             : first_set(variables, {"http_proxy", "all_proxy", "ALL_PROXY"});
  if (proxy.value.empty()) return Choice();
  if (is_exempt(first_set(variables, {"no_proxy", "NO_PROXY"}).value, host)) return Choice();
  auto parsed = parse_proxy(proxy.value);
  if (!parsed)
    return Error{fmt::format("{} of the environment: {}; proxy=none goes without it", proxy.name,
                             parsed.error().message)};
  return Choice(*std::move(parsed));
}

}  // namespace squid
