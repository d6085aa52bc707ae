// RedisExchange: commands to a Redis server. A batch is commands in RESP, one after the other; each of them
// is answered, and each answer is looked at.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/exchange.h"

struct redisReader;

namespace squid {

struct RedisLogin {
  std::string user;      // empty: the default user
  std::string password;  // empty: no AUTH
  unsigned database = 0;
};

class RedisExchange : public Exchange {
 public:
  explicit RedisExchange(RedisLogin login);

  std::string greet() override;
  void begin(const std::string& batch) override;
  std::string request() override;
  ServerAnswer take(std::string_view bytes) override;

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const;
  };
  // An empty command is one of the greeting.
  ServerAnswer judge_error(std::string_view command, std::string_view error);
  ServerAnswer finish();

  RedisLogin login_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  const std::string* batch_ = nullptr;
  bool greeting_ = false;
  std::vector<std::string_view> commands_;  // of the batch
  std::size_t expected_ = 0;                // answers
  std::size_t unread_bytes_ = 0;            // of an answer that is not complete
  ServerAnswer result_;                     // what the answers of the batch come to
};

}  // namespace squid
