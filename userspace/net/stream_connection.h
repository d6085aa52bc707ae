// StreamConnection: batches out to one server that never answers, such as carbon. It resolves, connects,
// writes, notices when the other end is gone, and begins again with a jittered backoff; meanwhile batches
// wait in its Outbox. Everything is asynchronous on one io_context and bounded; nothing here ever blocks,
// throws or gives up. It knows no format: a batch is bytes, written whole or again from its start. Where the
// server hangs up again and again, a CulpritSearch finds the record that is the reason.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/sink.h"
#include "net/culprit_search.h"
#include "net/sink_link.h"

namespace squid {

struct StreamOptions {
  LinkOptions link{};
  RecordFormat records;
  // A server that does not hang up so soon behind a record has taken it, as far as anybody can tell.
  std::chrono::milliseconds quiet{200};
};

class StreamConnection {
 public:
  StreamConnection(boost::asio::io_context& io, Server server, StreamOptions options);
  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;
  ~StreamConnection();

  // Whole lines, or whatever the server can take again from the start.
  void send(std::string batch);
  // Of batches, and of the records that were cut out of them; dropped_points is not ours to know.
  SinkHealth health() const;
  // Leaves in the spool what was not delivered. How many batches are not there, and lost. Nothing is sent
  // after that.
  std::uint64_t close();

 private:
  class Link;
  std::shared_ptr<Link> link_;
};

}  // namespace squid
