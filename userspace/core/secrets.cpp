#include "core/secrets.h"

namespace squid {

std::string mask_secrets(std::string_view text) {
  constexpr std::string_view kScheme = "://";
  std::string masked;
  for (std::size_t at = text.find(kScheme); at != std::string_view::npos; at = text.find(kScheme)) {
    masked += text.substr(0, at + kScheme.size());
    text.remove_prefix(at + kScheme.size());
    // Up to the last @, because a password may have one that was not escaped.
    const std::string_view authority = text.substr(0, text.find_first_of("/?#, \n"));
    const std::size_t host = authority.rfind('@');
    const std::size_t password = authority.find(':');
    if (host == std::string_view::npos || password > host) continue;
    masked += text.substr(0, password + 1);
    masked += "***";
    text.remove_prefix(host);
  }
  masked += text;
  return masked;
}

}  // namespace squid
