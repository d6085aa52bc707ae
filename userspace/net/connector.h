// Connector: opens channels to one server. It resolves the name anew each time, because the server may have
// moved, tries one address after the other, and gives each of them only so much time. When to try again is
// the caller's affair.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "net/channel.h"
#include "net/resolver.h"

namespace squid {

struct ConnectOptions {
  // For each address that the name resolves to, TLS included.
  std::chrono::milliseconds connect_timeout{3'000};
  // The other end's kernel may leave our bytes unacknowledged, or its window shut, for so long.
  std::chrono::milliseconds stall_timeout{10'000};
};

class Connector {
 public:
  // What it holds has to keep the Connector alive.
  using Handler = std::function<void(Result<std::shared_ptr<Channel>>)>;

  Connector(boost::asio::io_context& io, Server server, ConnectOptions options);

  // One at a time. Calls `handler` on the io_context, unless cancel() comes first.
  void connect(Handler handler);
  void cancel();

  const Server& server() const { return server_; }

 private:
  struct Attempt;
  void try_endpoint(const std::shared_ptr<Attempt>& attempt);
  void try_next(const std::shared_ptr<Attempt>& attempt, const std::string& why);
  void finish(const std::shared_ptr<Attempt>& attempt, Result<std::shared_ptr<Channel>> result);

  boost::asio::io_context& io_;
  Server server_;
  ConnectOptions options_;
  Resolver resolver_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Attempt> attempt_;  // what others left behind no longer counts
};

}  // namespace squid
