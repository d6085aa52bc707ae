// Exchange: what is said to a server that answers, and what its answers mean. Pure: an ExchangeConnection
// carries the bytes; a protocol is one class of this kind.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/refused_log.h"

namespace squid {

enum class Verdict : std::uint8_t {
  kMore,       // the answer is not complete yet
  kReady,      // greeted: batches may come
  kNext,       // the server has this part of the batch, now the next
  kConfirmed,  // the server has the batch, but for what it refuses for good
  kRetry,      // not now, not here or not so: later, over a new connection
};

struct ServerAnswer {
  Verdict verdict = Verdict::kMore;
  // For a person: why it has to be tried again, or what was refused.
  std::string problem = {};
  // With kConfirmed: of the whole batch, what the server refuses for good. Its records are those of the
  // batch.
  std::vector<Refusal> refused = {};
  // With kConfirmed: of the whole batch, what the server refuses because it has that, or something newer.
  std::vector<Refusal> outdated = {};
  // With kRetry: the server asks for at least so much patience.
  std::chrono::milliseconds wait{0};
  // The server hangs up after this answer.
  bool last = false;
};

class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  // On a new connection, where half an answer of the last one is forgotten. Without a greeting (empty)
  // batches may come at once.
  virtual std::string greet() = 0;
  // A batch begins; request() is asked for its parts. The batch lives until it is confirmed or begun anew.
  virtual void begin(const std::string& batch) = 0;
  virtual std::string request() = 0;
  // What came in answer to the last greeting or request.
  virtual ServerAnswer take(std::string_view bytes) = 0;
  // The server has hung up. kMore: what came is no answer, and this does not make it one.
  virtual ServerAnswer end() { return {}; }
};

}  // namespace squid
