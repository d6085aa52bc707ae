// ServerUrl: a server as a user writes it, with what only the server should know:
//   scheme://[user[:password]@]host[:port][/path][?option=value&...]
// Only text. No message here repeats a password. User, password and options may have %41 for a character that
// means something else here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/host_port.h"

namespace squid {

class UrlOptions {
 public:
  // What stands behind the question mark.
  static Result<UrlOptions> parse(std::string_view text);

  // Null without that option.
  const std::string* find(const std::string& name) const;
  // Empty without that option.
  std::string text(const std::string& name) const;
  // An error that names the first option that is none of these.
  Result<void> allow(std::initializer_list<std::string_view> names) const;

 private:
  std::map<std::string, std::string> values_;
};

struct ServerUrl {
  std::string scheme;
  std::string user;
  std::string password;
  HostPort server;
  std::string path;  // with its slash, empty without one
  UrlOptions options;
};

Result<ServerUrl> parse_server_url(std::string_view text, std::uint16_t default_port);

}  // namespace squid
