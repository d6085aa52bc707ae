// Proxy: an HTTP proxy that stands between us and a server, and whether one does. Only text; what is decided
// here is what curl would decide.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/host_port.h"

namespace squid {

struct Proxy {
  HostPort address;
  std::string user;  // empty, and no password: it is not asked for one
  std::string password;

  // Behind "Proxy-Authorization: ", empty without user and password.
  std::string authorization() const;
};

// [http://][user[:password]@]host[:port]; no message repeats the password.
Result<Proxy> parse_proxy(std::string_view text);

// Whether a server is among those of no_proxy: "*" for all, or names (which are also those of all hosts below
// them), addresses and networks such as 10.0.0.0/8, with commas or blanks between them.
bool is_exempt(std::string_view no_proxy, std::string_view host);

// A variable of the environment, null without it.
using Variables = std::function<const char*(const char*)>;

// What the environment says about a server: http_proxy, or https_proxy and HTTPS_PROXY where it is encrypted,
// then all_proxy and ALL_PROXY, but for those of no_proxy or NO_PROXY. HTTP_PROXY is not among them: where a
// web server starts programs, that is a header of whoever asks.
Result<std::optional<Proxy>> choose_proxy(const std::string& host, bool encrypted,
                                          const Variables& variables);

}  // namespace squid
