// StreamConnection: batches out to one server that never answers, such as carbon. It resolves, connects,
// writes, notices when the other end is gone, and begins again with a jittered backoff; meanwhile batches
// wait in its Outbox. Everything is asynchronous on one io_context and bounded; nothing here ever blocks,
// throws or gives up. It knows no format: a batch is bytes, written whole or again from its start.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "core/sink.h"
#include "net/backoff.h"
#include "net/connector.h"

namespace squid {

struct StreamOptions {
  std::size_t queue_bytes = 0;
  ConnectOptions connect{};
  SpoolPlace spool{};
  // A connection that is lost so soon after a batch was acknowledged may have lost that batch too.
  std::chrono::milliseconds redo_window{5'000};
  BackoffLimits backoff{};
  Backoff::Random random = Backoff::default_random();
};

class StreamConnection {
 public:
  StreamConnection(boost::asio::io_context& io, Server server, StreamOptions options);
  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;
  ~StreamConnection();

  // Whole lines, or whatever the server can take again from the start.
  void send(std::string batch);
  // Of batches; dropped_points is not ours to know.
  SinkHealth health() const;

 private:
  class Link;
  std::shared_ptr<Link> link_;
};

}  // namespace squid
