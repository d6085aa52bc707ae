// What a server answers, in pieces of any size: nothing crashes or hangs, a batch is confirmed at most once,
// and no more of it can be refused than it has.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "net/http_exchange.h"
#include "net/redis_exchange.h"

namespace {

using namespace squid;

const std::string kCommands = "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$2\r\n\r\n\r\n";
const std::string kRecords = "1\n2\n3\n4\n5\n";

void feed(Exchange& exchange, const std::string& batch, std::uint64_t parts, std::string_view bytes,
          std::size_t piece) {
  std::string greeting = exchange.greet();
  if (greeting.empty()) {
    exchange.begin(batch);
    (void)exchange.request();
  }
  while (!bytes.empty()) {
    const ServerAnswer answer = exchange.take(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    if (answer.verdict == Verdict::kMore) continue;
    require(answer.refused.size() + answer.outdated.size() <= parts);
    if (answer.verdict == Verdict::kRetry) return;
    if (answer.verdict != Verdict::kNext) exchange.begin(batch);
    (void)exchange.request();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] / 2;
  RedisExchange redis({.user = "", .password = data[0] % 2 == 0 ? "" : "secret", .database = 0});
  feed(redis, kCommands, 2, bytes, piece);
  HttpExchange http({.host = "h",
                     .target = "/",
                     .content_type = "text/plain",
                     .head = "[",
                     .separator = ",",
                     .tail = "]",
                     .most_records = 2});
  feed(http, kRecords, 5, bytes, piece);
  return 0;
}
