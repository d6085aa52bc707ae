#include "net/resolver.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace squid {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Belongs to the thread and to the one who waits, whoever lives longer.
struct Lookup {
  HostPort server;
  int finished_event = -1;
  // Written by the thread, read once it is finished.
  Result<Resolver::Endpoints> result = Resolver::Endpoints{};
  std::atomic<bool> finished = false;

  ~Lookup() {
    if (finished_event >= 0) ::close(finished_event);
  }
};

Result<Resolver::Endpoints> read_addresses(const HostPort& server) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(server.host.c_str(), nullptr, &hints, &list); error != 0)
    return Error{"cannot resolve " + server.host + ": " + gai_strerror(error)};

  Resolver::Endpoints endpoints;
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    tcp::endpoint endpoint;
    if (info->ai_addrlen > endpoint.capacity()) continue;
    endpoint.resize(info->ai_addrlen);
    std::memcpy(endpoint.data(), info->ai_addr, info->ai_addrlen);
    endpoint.port(server.port);
    endpoints.push_back(endpoint);
  }
  freeaddrinfo(list);
  if (endpoints.empty()) return Error{"cannot resolve " + server.host + ": it has no address"};
  return endpoints;
}

Resolver::Endpoints known_endpoints(const HostPort& server) {
  if (server.host == "localhost")
    return {{asio::ip::address_v4::loopback(), server.port}, {asio::ip::address_v6::loopback(), server.port}};
  error_code error;
  const asio::ip::address address = asio::ip::make_address(server.host, error);
  if (error) return {};
  return {{address, server.port}};
}

void finish(Lookup& lookup, Result<Resolver::Endpoints> result) {
  lookup.result = std::move(result);
  lookup.finished.store(true, std::memory_order_release);
  (void)eventfd_write(lookup.finished_event, 1);
}

void start(const std::shared_ptr<Lookup>& lookup) {
  if (Resolver::Endpoints known = known_endpoints(lookup->server); !known.empty())
    return finish(*lookup, std::move(known));
  try {
    std::thread([lookup] { finish(*lookup, read_addresses(lookup->server)); }).detach();
  } catch (const std::system_error& error) {
    finish(*lookup, Error{"cannot resolve " + lookup->server.host + ": " + error.what()});
  }
}

}  // namespace

void Resolver::resolve(const HostPort& server, Handler handler) {
  cancel();
  const auto lookup = std::make_shared<Lookup>();
  lookup->server = server;
  lookup->finished_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  error_code error;
  const int ours = fcntl(lookup->finished_event, F_DUPFD_CLOEXEC, 0);
  if (ours < 0 || ready_.assign(ours, error)) {
    Error out_of_descriptors = errno_error("cannot resolve " + server.host, errno);
    return asio::post(ready_.get_executor(), [handler = std::move(handler),
                                              failure = std::move(out_of_descriptors)] { handler(failure); });
  }
  ready_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [this, lookup, handler = std::move(handler)](error_code cancelled) {
                      if (cancelled || !lookup->finished.load(std::memory_order_acquire)) return;
                      cancel();
                      handler(std::move(lookup->result));
                    });
  start(lookup);
}

void Resolver::cancel() {
  error_code ignored;
  ready_.close(ignored);
}

}  // namespace squid
