// TlsContext: whose certificates a server may have, for all connections of one sink.
#pragma once

#include <array>
#include <boost/asio/ssl.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"

namespace squid {

class TlsContext {
 public:
  // `ca_file`: empty for those that the system trusts.
  static Result<std::shared_ptr<TlsContext>> open(std::string ca_file);

  // A file that was replaced, as it is where authorities are rotated, counts from the next connection on. One
  // that cannot be read changes nothing.
  boost::asio::ssl::context& current();

 private:
  using Stamp = std::array<std::uint64_t, 3>;

  TlsContext() = default;
  Stamp stamp_of_file() const;
  Result<boost::asio::ssl::context> read() const;

  std::string ca_file_;
  Stamp stamp_{};
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
};

// Why the certificate of the other end is not accepted; empty where it is.
std::string describe_verification(SSL* connection);

}  // namespace squid
