// HttpExchange: records by HTTP/1.1 POST. A batch is records, each ending with a newline; a request has many
// of them. What the server finds wrong is cut in half until the bad record is alone: that one is refused, and
// its neighbours arrive. A server that cannot unpack gets the same as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/exchange.h"

namespace squid {

struct HttpPost {
  std::string host;    // with its port where that is not the usual one
  std::string target;  // what is asked for, with its slash; through a proxy the whole address
  std::string user;    // empty, and no password: no Authorization
  std::string password;
  std::string proxy_authorization = {};  // empty: no Proxy-Authorization
  std::string content_type;
  // A body is `head`, records with `separator` between them, `tail`.
  std::string head;
  std::string separator;
  std::string tail;
  std::size_t most_records = 5000;  // in one request
  // Bodies go packed. Batches wait as they are: they have to be cut where the server refuses a record, and
  // outlive a change of this setting on disk.
  bool gzip = false;
};

class HttpExchange : public Exchange {
 public:
  explicit HttpExchange(HttpPost post);
  ~HttpExchange() override;

  std::string greet() override;
  void begin(const std::string& batch) override;
  std::string request() override;
  ServerAnswer take(std::string_view bytes) override;
  ServerAnswer end() override;

 private:
  struct Parser;
  // Records from the first to before the last.
  struct Part {
    std::size_t first;
    std::size_t last;
  };
  ServerAnswer judge();
  ServerAnswer part_done();
  void part_taken();
  void part_refused();
  // Whether it was perhaps refused for being packed; then the same goes once more as it is.
  bool unpack(unsigned status);
  void refuse(const Part& part, const std::string& reason);

  HttpPost post_;
  std::string header_;  // but for the length
  std::unique_ptr<Parser> parser_;
  std::vector<std::string_view> records_;
  std::vector<Part> parts_;  // still to be sent, the next one last
  ServerAnswer result_;      // what the answers of the batch come to
  bool packs_ = false;       // this batch, with what is left of it
  bool unpacks_ = false;     // the server has taken something packed
  std::string not_packed_;   // why the batch goes on as it is
};

}  // namespace squid
