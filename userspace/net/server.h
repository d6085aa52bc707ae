// Server: the other end of a connection, and how to reach it: TCP, TLS or a Unix socket, perhaps through a
// proxy. Only says where; connecting is the Connector's work.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/result.h"
#include "net/host_port.h"
#include "net/proxy.h"

namespace squid {

// Whom to trust. Shared by all connections to one server.
class TlsContext;
// `ca_file` is a file of certificates in PEM; empty means those that the system trusts. The server has to
// prove its name with one of them.
Result<std::shared_ptr<TlsContext>> open_tls(const std::string& ca_file);

struct Server {
  // NOLINTNEXTLINE(google-explicit-constructor): a host and a port are a server
  Server(HostPort server_address, std::shared_ptr<TlsContext> tls_context = nullptr)
      : address(std::move(server_address)), tls(std::move(tls_context)) {}
  static Server on_unix_socket(std::string path) {
    Server server{HostPort{}};
    server.unix_path = std::move(path);
    return server;
  }

  std::string text() const {
    if (!unix_path.empty()) return unix_path;
    return proxy ? address.text().append(" through the proxy ").append(proxy->address.text())
                 : address.text();
  }

  HostPort address;
  std::string unix_path;            // empty: by TCP
  std::shared_ptr<TlsContext> tls;  // null: in the clear
  // Who takes the bytes instead; where they are encrypted, it only passes them on.
  std::optional<Proxy> proxy = {};
};

}  // namespace squid
