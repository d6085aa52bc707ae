#include "net/channel.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "net/proxy_tunnel.h"
#include "net/tls_context.h"

namespace squid {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

struct Channel::Tls {
  Tls(Socket& socket, ssl::context& context) : stream(socket, context) {}
  ssl::stream<Socket&> stream;
};

Channel::Channel(asio::io_context& io) : socket_(io) {}

Channel::~Channel() = default;

void Channel::open(const Endpoint& endpoint, const Server& server, Opened opened) {
  error_code error;
  socket_.open(endpoint.protocol(), error);
  if (error)
    return asio::post(socket_.get_executor(), [self = shared_from_this(), opened = std::move(opened), error] {
      opened(Error{error.message()});
    });
  socket_.async_connect(
      endpoint, [self = shared_from_this(), server, opened = std::move(opened)](error_code refused) mutable {
        if (refused) return opened(Error{refused.message()});
        if (!server.tls) return opened({});
        if (!server.proxy) return self->shake_hands(server, std::move(opened));
        self->pass_proxy(server, std::move(opened));
      });
}

void Channel::pass_proxy(const Server& server, Opened opened) {
  open_tunnel(socket_, server.address, *server.proxy,
              [self = shared_from_this(), server, opened = std::move(opened)](Result<void> passed) mutable {
                if (!passed) return opened(std::move(passed));
                self->shake_hands(server, std::move(opened));
              });
}

void Channel::shake_hands(const Server& server, Opened opened) {
  tls_ = std::make_unique<Tls>(socket_, server.tls->current());
  const std::string& host = server.address.host;
  error_code is_a_name;
  (void)asio::ip::make_address(host, is_a_name);
  // What the macro SSL_set_tlsext_host_name() is, which only C compilers like.
  if (is_a_name)
    SSL_ctrl(tls_->stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
  // By OpenSSL itself, which can say then what is wrong.
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(tls_->stream.native_handle());
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool is_set = is_a_name ? X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) == 1
                                : X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
  if (!is_set) return opened(Error{"'" + host + "' cannot be looked for in a certificate"});
  // The context must live as long as the stream.
  tls_->stream.async_handshake(ssl::stream_base::client, [self = shared_from_this(), tls = server.tls,
                                                          opened = std::move(opened)](error_code refused) {
    if (!refused) return opened({});
    const std::string why = describe_verification(self->tls_->stream.native_handle());
    opened(Error{why.empty() ? refused.message() : "its certificate is not accepted: " + why});
  });
}

void Channel::read_some(asio::mutable_buffer into, Done done) {
  auto handler = [self = shared_from_this(), done = std::move(done)](error_code error, std::size_t size) {
    done(error, size);
  };
  if (tls_)
    tls_->stream.async_read_some(into, std::move(handler));
  else
    socket_.async_read_some(into, std::move(handler));
}

void Channel::write(asio::const_buffer bytes, Done done) {
  auto handler = [self = shared_from_this(), done = std::move(done)](error_code error, std::size_t size) {
    done(error, size);
  };
  if (tls_)
    asio::async_write(tls_->stream, bytes, std::move(handler));
  else
    asio::async_write(socket_, bytes, std::move(handler));
}

void Channel::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace squid
