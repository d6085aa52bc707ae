// basic_auth(): user and password as HTTP carries them, behind "Authorization: " or "Proxy-Authorization: ".
#pragma once

#include <string>

namespace squid {

std::string basic_auth(const std::string& user, const std::string& password);

}  // namespace squid
