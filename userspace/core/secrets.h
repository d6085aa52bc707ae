// Secrets in what users write: none of them belongs into a log, an error or the name of a file.
#pragma once

#include <string>
#include <string_view>

namespace squid {

// The same text with *** for the password of every URL in it, "http://user:***@host".
std::string mask_secrets(std::string_view text);

}  // namespace squid
