#include "net/server_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace squid {
namespace {

constexpr std::string_view kSchemeEnd = "://";

// The only option that is an address itself, with an @ of its own.
std::string_view before_proxy(std::string_view text) {
  return text.substr(0, std::min(text.find("?proxy="), text.find("&proxy=")));
}

std::optional<std::string> decode_percents(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2) return std::nullopt;
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

// Takes what stands before the first `mark`, with the mark; nothing where there is none.
std::optional<std::string_view> take_until(std::string_view& text, char mark) {
  const std::size_t end = text.find(mark);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end + 1);
  return taken;
}

Result<void> parse_login(std::string_view text, ServerUrl& url) {
  const std::size_t colon = text.find(':');
  const auto user = decode_percents(text.substr(0, colon));
  const auto password =
      decode_percents(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password)
    return Error{"user and password have a % without two hexadecimal digits; write %25"};
  url.user = *user;
  url.password = *password;
  return {};
}

}  // namespace

Result<UrlOptions> UrlOptions::parse(std::string_view text) {
  UrlOptions options;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    std::string_view value = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto name = take_until(value, '=');
    // An address has its own %41, for whoever reads it.
    const bool is_address = value.find(kSchemeEnd) != std::string_view::npos;
    const auto decoded = is_address ? std::optional(std::string(value)) : decode_percents(value);
    if (!name || name->empty() || !decoded)
      return Error{fmt::format("'{}' is not an option; write ?name=value&name=value", value)};
    options.values_[std::string(*name)] = *decoded;
  }
  return options;
}

const std::string* UrlOptions::find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

std::string UrlOptions::text(const std::string& name) const {
  const std::string* value = find(name);
  return value == nullptr ? std::string() : *value;
}

Result<void> UrlOptions::allow(std::initializer_list<std::string_view> names) const {
  for (const auto& [name, value] : values_) {
    bool known = false;
    for (const std::string_view allowed : names) known = known || allowed == name;
    if (!known)
      return Error{fmt::format("there is no option '{}' in such an address; there are {}", name,
                               fmt::join(names.begin(), names.end(), ", "))};
  }
  return {};
}

Result<ServerUrl> parse_server_url(std::string_view text, std::uint16_t default_port) {
  ServerUrl url;
  const std::size_t scheme = text.find(kSchemeEnd);
  if (scheme == std::string_view::npos)
    return Error{"the address must begin with a scheme, as in redis://host or https://host/path"};
  url.scheme = text.substr(0, scheme);
  text.remove_prefix(scheme + kSchemeEnd.size());

  const std::string_view before_path = text.substr(0, text.find_first_of("/?"));
  if (const std::size_t at = before_path.rfind('@'); at != std::string_view::npos) {
    if (const auto login = parse_login(text.substr(0, at), url); !login) return login.error();
    text.remove_prefix(at + 1);
  } else if (before_proxy(text).find('@') != std::string_view::npos) {
    // The password would be taken for something that may be shown.
    return Error{"a / or ? before the @ would end the address; write %2F or %3F in user and password"};
  }
  const std::size_t server_end = text.find_first_of("/?");
  const auto server = parse_host_port(text.substr(0, server_end), {"localhost", default_port});
  if (!server) return server.error();
  url.server = *server;
  if (server_end == std::string_view::npos) return url;
  text.remove_prefix(server_end);
  const std::size_t question = text.find('?');
  url.path = text.substr(0, question);
  if (question == std::string_view::npos) return url;
  auto options = UrlOptions::parse(text.substr(question + 1));
  if (!options) return options.error();
  url.options = *std::move(options);
  return url;
}

}  // namespace squid
