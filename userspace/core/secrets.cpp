#include "core/secrets.h"

#include <algorithm>
#include <initializer_list>

namespace squid {
namespace {

// Where the first address in the text begins: behind its scheme, or the option that is one.
std::size_t find_address(std::string_view text) {
  std::size_t first = std::string_view::npos;
  for (const std::string_view scheme :
       std::initializer_list<std::string_view>{"://", "redis+unix:", "proxy="})
    if (const std::size_t at = text.find(scheme); at != std::string_view::npos)
      first = std::min(first, at + scheme.size());
  return first;
}

}  // namespace

std::string mask_secrets(std::string_view text) {
  std::string masked;
  for (std::size_t at = find_address(text); at != std::string_view::npos; at = find_address(text)) {
    masked += text.substr(0, at);
    text.remove_prefix(at);
    // Up to the last @, because a password may have one that was not escaped, and up to where
    // parse_server_url() ends it: better a word too much is hidden than a part of a password shown.
    const std::string_view authority = text.substr(0, text.find_first_of("/?\n"));
    const std::size_t host = authority.rfind('@');
    if (const std::size_t escaped = authority.rfind("%40");
        host == std::string_view::npos && escaped != std::string_view::npos) {
      masked += "***";
      text.remove_prefix(escaped);
      continue;
    }
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
