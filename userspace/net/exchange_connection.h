// ExchangeConnection: batches out to one server that answers, one after the other. A batch counts as
// delivered when the server has said so. It connects, notices when the server is gone or silent, and begins
// again with a jittered backoff; meanwhile batches wait in its Outbox. Everything is asynchronous on one
// io_context and bounded; nothing here ever blocks, throws or gives up. It knows no protocol: that is the
// Exchange's.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/sink.h"
#include "net/exchange.h"
#include "net/sink_link.h"

namespace squid {

struct ExchangeOptions {
  LinkOptions link{};
  // From the first byte of a greeting or request to the last one of its answer.
  std::chrono::milliseconds answer_timeout{15'000};
  // Between two requests the server may hang up without anything being wrong.
  bool may_hang_up = false;
};

class ExchangeConnection {
 public:
  ExchangeConnection(boost::asio::io_context& io, Server server, std::unique_ptr<Exchange> exchange,
                     ExchangeOptions options);
  ExchangeConnection(const ExchangeConnection&) = delete;
  ExchangeConnection& operator=(const ExchangeConnection&) = delete;
  ~ExchangeConnection();

  void send(std::string batch);
  // Of batches, and of what the server refused; dropped_points is not ours to know.
  SinkHealth health() const;
  // Leaves in the spool what was not delivered. How many batches are not there, and lost. Nothing is sent
  // after that.
  std::uint64_t close();

 private:
  class Link;
  std::shared_ptr<Link> link_;
};

}  // namespace squid
