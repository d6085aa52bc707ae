// ExchangeConnection: batches out to one server that answers, one after the other. A batch counts as
// delivered when the server has said so. It connects, notices when the server is gone or silent, and begins
// again with a jittered backoff; meanwhile batches wait in its Outbox. Everything is asynchronous on one
// io_context and bounded; nothing here ever blocks, throws or gives up. It knows no protocol: that is the
// Exchange's.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "core/sink.h"
#include "net/backoff.h"
#include "net/connector.h"
#include "net/exchange.h"

namespace squid {

struct ExchangeOptions {
  std::size_t queue_bytes = 0;
  SpoolPlace spool{};
  ConnectOptions connect{};
  // From the first byte of a greeting or request to the last one of its answer.
  std::chrono::milliseconds answer_timeout{15'000};
  // What was confirmed so short before a failure is sent again: the server may have lost it after all.
  std::chrono::milliseconds redo_window{5'000};
  // Between two requests the server may hang up without anything being wrong.
  bool may_hang_up = false;
  BackoffLimits backoff{};
  Backoff::Random random = Backoff::default_random();
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

 private:
  class Link;
  std::shared_ptr<Link> link_;
};

}  // namespace squid
