// pack_gzip(): bytes as gzip has them (RFC 1952), for bodies of HTTP requests.
#pragma once

#include <string>
#include <string_view>

namespace squid {

std::string pack_gzip(std::string_view bytes);

}  // namespace squid
