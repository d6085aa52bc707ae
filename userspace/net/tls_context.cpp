#include "net/tls_context.h"

#include <openssl/x509.h>
#include <sys/stat.h>

#include <utility>

#include "net/server.h"

namespace squid {

namespace ssl = boost::asio::ssl;

Result<std::shared_ptr<TlsContext>> TlsContext::open(std::string ca_file) {
  std::shared_ptr<TlsContext> tls(new TlsContext());
  tls->ca_file_ = std::move(ca_file);
  tls->stamp_ = tls->stamp_of_file();
  auto context = tls->read();
  if (!context) return context.error();
  tls->context_ = *std::move(context);
  return tls;
}

ssl::context& TlsContext::current() {
  if (const Stamp stamp = stamp_of_file(); stamp != stamp_) {
    // Connections that go on keep what they began with.
    if (auto context = read()) context_ = *std::move(context);
    stamp_ = stamp;
  }
  return context_;
}

TlsContext::Stamp TlsContext::stamp_of_file() const {
  struct stat status {};
  if (ca_file_.empty() || stat(ca_file_.c_str(), &status) != 0) return {};
  return {status.st_ino, static_cast<std::uint64_t>(status.st_mtim.tv_sec),
          static_cast<std::uint64_t>(status.st_mtim.tv_nsec)};
}

Result<ssl::context> TlsContext::read() const {
  ssl::context context(ssl::context::tls_client);
  boost::system::error_code error;
  if (ca_file_.empty())
    context.set_default_verify_paths(error);
  else
    context.load_verify_file(ca_file_, error);
  if (error)
    return Error{"cannot read certificates from '" + ca_file_ + "': " + error.message() +
                 "; give a file in PEM format"};
  context.set_verify_mode(ssl::verify_peer, error);
  return context;
}

Result<std::shared_ptr<TlsContext>> open_tls(const std::string& ca_file) {
  return TlsContext::open(ca_file);
}

std::string describe_verification(SSL* connection) {
  const long result = SSL_get_verify_result(connection);
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

}  // namespace squid
