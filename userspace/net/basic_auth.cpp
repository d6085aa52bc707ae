#include "net/basic_auth.h"

#include <openssl/evp.h>

#include <cstddef>

namespace squid {

std::string basic_auth(const std::string& user, const std::string& password) {
  const std::string login = user + ":" + password;
  std::string encoded(4 * ((login.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(login.data()), static_cast<int>(login.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return "Basic " + encoded;
}

}  // namespace squid
