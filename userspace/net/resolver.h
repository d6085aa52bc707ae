// Resolver: a host name's addresses, without waiting for them. The C library only resolves by blocking, for
// half a minute where name servers are gone, so each lookup has a thread of its own that nobody waits for:
// neither the event loop, nor another lookup, nor the end of the process. One lookup at a time.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "net/host_port.h"

namespace squid {

class Resolver {
 public:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
  using Handler = std::function<void(Result<Endpoints>)>;

  explicit Resolver(boost::asio::io_context& io) : ready_(io) {}

  // Calls `handler` on the io_context, unless cancel() comes first. Numeric addresses and "localhost" are
  // known and need no thread, but come in the same way.
  void resolve(const HostPort& server, Handler handler);
  void cancel();

 private:
  boost::asio::posix::stream_descriptor ready_;
};

}  // namespace squid
