#include "net/http_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <set>

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string response(unsigned status, const std::string& body, const std::string& header = "") {
  return "HTTP/1.1 " + std::to_string(status) +
         " Some Reason\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + header + "\r\n" + body;
}

std::string unpack_gzip(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string bytes(1 << 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  bytes.resize(stream.total_out);
  inflateEnd(&stream);
  return bytes;
}

class HttpExchangeTest : public testing::Test {
 protected:
  HttpExchangeTest() {
    post_ = {.host = "backstop.example",
             .target = "/publish/docker",
             .content_type = "application/json",
             .head = "[",
             .separator = ",",
             .tail = "]"};
  }
  HttpExchange& open() {
    exchange_ = std::make_unique<HttpExchange>(post_);
    EXPECT_EQ(exchange_->greet(), "");
    return *exchange_;
  }
  ServerAnswer answer(const std::string& batch, std::string_view bytes) {
    HttpExchange& exchange = open();
    exchange.begin(batch);
    exchange.request();
    return exchange.take(bytes);
  }
  static std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
  }

  HttpPost post_;
  std::unique_ptr<HttpExchange> exchange_;
};

TEST_F(HttpExchangeTest, PostsABatchInOneRequest) {
  post_.user = "joe";
  post_.password = "secret";
  HttpExchange& exchange = open();
  const std::string batch = "{1}\n{2}\n";
  exchange.begin(batch);
  EXPECT_EQ(exchange.request(),
            "POST /publish/docker HTTP/1.1\r\nHost: backstop.example\r\nUser-Agent: squid-bpf/0.1.0\r\n"
            "Content-Type: application/json\r\nAuthorization: Basic am9lOnNlY3JldA==\r\n"
            "Content-Length: 9\r\n\r\n[{1},{2}]");
  const std::string ok = response(200, "ok");
  for (std::size_t i = 0; i + 1 < ok.size(); ++i)
    ASSERT_EQ(exchange.take({&ok[i], 1}).verdict, Verdict::kMore) << i;
  const ServerAnswer answer = exchange.take("k");
  EXPECT_EQ(answer.verdict, Verdict::kConfirmed);
  EXPECT_FALSE(answer.last);
}

TEST_F(HttpExchangeTest, AnAnswerMayEndWithTheConnection) {
  const std::string batch = "{1}\n";
  EXPECT_EQ(answer(batch, "HTTP/1.0 200 OK\r\n\r\n").verdict, Verdict::kMore);
  EXPECT_EQ(exchange_->end().verdict, Verdict::kConfirmed);
  EXPECT_EQ(answer(batch, "HTTP/1.1 400 No\r\n\r\nno num").verdict, Verdict::kMore);
  EXPECT_EQ(exchange_->end().refused.size(), 1U);
}

TEST_F(HttpExchangeTest, APartOfAnAnswerIsNone) {
  const std::string batch = "{1}\n";
  for (const char* part : {"", "HTTP/1.0 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok"}) {
    EXPECT_EQ(answer(batch, part).verdict, Verdict::kMore);
    EXPECT_EQ(exchange_->end().verdict, Verdict::kMore) << part;
  }
}

TEST_F(HttpExchangeTest, ShowsItsLoginToAProxyOnlyAndNamesIt) {
  post_.proxy_authorization = "Basic abc";
  HttpExchange& exchange = open();
  const std::string batch = "a\n";
  exchange.begin(batch);
  EXPECT_THAT(exchange.request(), HasSubstr("\r\nProxy-Authorization: Basic abc\r\n"));
  const ServerAnswer refused = exchange.take(response(407, "no"));
  EXPECT_EQ(refused.verdict, Verdict::kRetry);
  EXPECT_EQ(refused.problem, "answered 407 no; check user and password of the proxy");
}

TEST_F(HttpExchangeTest, SplitsABatchThatIsTooLongForOneRequest) {
  post_.most_records = 2;
  HttpExchange& exchange = open();
  const std::string batch = "1\n2\n3\n4\n5\n";
  exchange.begin(batch);
  EXPECT_EQ(body_of(exchange.request()), "[1,2]");
  EXPECT_EQ(exchange.take(response(200, "ok")).verdict, Verdict::kNext);
  EXPECT_EQ(body_of(exchange.request()), "[3,4]");
  EXPECT_EQ(exchange.take(response(204, "")).verdict, Verdict::kNext);
  EXPECT_EQ(body_of(exchange.request()), "[5]");
  EXPECT_EQ(exchange.take(response(200, "ok")).verdict, Verdict::kConfirmed);
}

// A server that refuses whatever contains one of these.
ServerAnswer deliver(HttpExchange& exchange, const std::string& batch, const std::set<std::string>& bad,
                     std::vector<std::string>& taken) {
  exchange.begin(batch);
  for (int requests = 1;; ++requests) {
    std::string body = exchange.request();
    body = body.substr(body.find("\r\n\r\n") + 5);
    body.pop_back();
    std::vector<std::string> records;
    bool refused = false;
    for (std::size_t end = 0; !body.empty(); body.erase(0, end + 1)) {
      end = std::min(body.find(','), body.size());
      records.push_back(body.substr(0, end));
      refused = refused || bad.contains(records.back());
    }
    const ServerAnswer answer =
        exchange.take(refused ? response(400, "missing fields") : response(200, "ok"));
    if (!refused) taken.insert(taken.end(), records.begin(), records.end());
    if (answer.verdict != Verdict::kNext) return answer;
    if (requests > 2000) return {.verdict = Verdict::kRetry, .problem = "never ends"};
  }
}

TEST_F(HttpExchangeTest, ABadRecordIsFoundCountedAndItsNeighboursArrive) {
  std::string batch;
  for (int i = 0; i < 1000; ++i) batch += "r" + std::to_string(i) + "\n";
  std::vector<std::string> taken;
  const ServerAnswer answer = deliver(open(), batch, {"r0", "r499", "r999"}, taken);
  EXPECT_EQ(answer.verdict, Verdict::kConfirmed);
  ASSERT_EQ(answer.refused.size(), 3U);
  EXPECT_EQ(answer.refused[1].record, "r499");
  EXPECT_EQ(answer.refused[1].reason, "answered 400 missing fields");
  EXPECT_EQ(answer.problem, "answered 400 missing fields to r0");
  EXPECT_EQ(taken.size(), 997U);
  EXPECT_EQ(taken.front(), "r1");
}

TEST_F(HttpExchangeTest, ABatchThatIsAllBadEndsSoon) {
  std::string batch;
  std::set<std::string> bad;
  for (int i = 0; i < 1000; ++i) bad.insert("r" + std::to_string(i));
  for (const std::string& record : bad) batch += record + "\n";
  std::vector<std::string> taken;
  const ServerAnswer answer = deliver(open(), batch, bad, taken);
  EXPECT_EQ(answer.verdict, Verdict::kConfirmed);
  ASSERT_EQ(answer.refused.size(), 1000U);
  EXPECT_EQ(answer.refused.back().record, "r999");
  EXPECT_EQ(answer.refused.back().reason, "not tried after 100 that were refused");
}

TEST_F(HttpExchangeTest, TriesAgainWhatTimeOrAPersonMends) {
  for (const unsigned status : {500U, 502U, 503U, 408U, 429U, 401U, 403U, 404U, 301U})
    EXPECT_EQ(answer("a\nb\n", response(status, "no")).verdict, Verdict::kRetry) << status;
  EXPECT_EQ(answer("a\n", response(404, "unknown prefix")).problem,
            "answered 404 unknown prefix; check the path of the address, and which the server knows");
  post_.user = "joe";
  post_.password = "secret";
  EXPECT_THAT(answer("a\n", response(401, "Not authorized")).problem, Not(HasSubstr("secret")));
}

TEST_F(HttpExchangeTest, OfAWebPageOnlyTheReasonIsTold) {
  EXPECT_EQ(answer("a\n", response(502, "<!DOCTYPE HTML>\n<html>")).problem, "answered 502 Some Reason");
  EXPECT_EQ(answer("a\n", response(503, "")).problem, "answered 503 Some Reason");
  EXPECT_EQ(answer("a\n", response(500, "out of memory\r\nat line 1")).problem, "answered 500 out of memory");
}

TEST_F(HttpExchangeTest, WaitsAsLongAsTheServerAsksForWithinReason) {
  EXPECT_EQ(answer("a\n", response(503, "", "Retry-After: 7\r\n")).wait, std::chrono::seconds(7));
  EXPECT_EQ(answer("a\n", response(503, "", "Retry-After: 86400\r\n")).wait, std::chrono::seconds(300));
  EXPECT_EQ(answer("a\n", response(503, "", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n")).wait.count(),
            0);
}

TEST_F(HttpExchangeTest, NoticesThatTheServerWillHangUp) {
  EXPECT_TRUE(answer("a\n", response(200, "ok", "Connection: close\r\n")).last);
}

TEST_F(HttpExchangeTest, PacksBodiesAndUnpackedTheyAreTheSame) {
  post_.gzip = true;
  HttpExchange& exchange = open();
  const std::string batch = "{1}\n{2}\n";
  exchange.begin(batch);
  const std::string request = exchange.request();
  const std::string body = body_of(request);
  EXPECT_THAT(
      request,
      HasSubstr("\r\nContent-Encoding: gzip\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"));
  EXPECT_EQ(unpack_gzip(body), "[{1},{2}]");
  EXPECT_EQ(exchange.take(response(200, "ok")).problem, "");
}

TEST_F(HttpExchangeTest, AServerThatCannotUnpackGetsTheSameAsItIsAndThatIsSaid) {
  post_.gzip = true;
  // The second is what one says that does not know of packing at all.
  for (const unsigned status : {415U, 400U}) {
    HttpExchange& exchange = open();
    for (const std::string batch : {"a\nb\n", "c\nd\n"}) {
      exchange.begin(batch);
      EXPECT_THAT(exchange.request(), HasSubstr("gzip"));
      EXPECT_EQ(exchange.take(response(status, "JSON is required")).verdict, Verdict::kNext);
      const std::string request = exchange.request();
      EXPECT_THAT(request, Not(HasSubstr("gzip")));
      EXPECT_EQ(body_of(request), std::string("[") + batch[0] + "," + batch[2] + "]");
      const ServerAnswer answer = exchange.take(response(200, "ok"));
      EXPECT_EQ(answer.verdict, Verdict::kConfirmed);
      EXPECT_EQ(answer.refused.size(), 0U);
      EXPECT_EQ(answer.problem, "answered " + std::to_string(status) +
                                    " JSON is required to a packed request and takes it as it is; leave "
                                    "out gzip=yes");
    }
  }
}

TEST_F(HttpExchangeTest, WhereTheServerUnpacksABadRecordIsNotTakenForPacking) {
  post_.gzip = true;
  HttpExchange& exchange = open();
  const std::string good = "a\n";
  exchange.begin(good);
  exchange.request();
  ASSERT_EQ(exchange.take(response(200, "ok")).verdict, Verdict::kConfirmed);
  const std::string bad = "x\nb\n";
  exchange.begin(bad);
  exchange.request();
  EXPECT_EQ(exchange.take(response(400, "missing fields")).verdict, Verdict::kNext);
  EXPECT_EQ(unpack_gzip(body_of(exchange.request())), "[x]");
  EXPECT_EQ(exchange.take(response(400, "missing fields")).verdict, Verdict::kNext);
  EXPECT_EQ(unpack_gzip(body_of(exchange.request())), "[b]");
  const ServerAnswer answer = exchange.take(response(200, "ok"));
  EXPECT_EQ(answer.refused.size(), 1U);
  EXPECT_EQ(answer.problem, "answered 400 missing fields to x");
}

TEST_F(HttpExchangeTest, WhatIsBadPackedAndAsItIsEndsWithARefusal) {
  post_.gzip = true;
  HttpExchange& exchange = open();
  const std::string batch = "x\n";
  exchange.begin(batch);
  exchange.request();
  EXPECT_EQ(exchange.take(response(415, "no")).verdict, Verdict::kNext);
  exchange.request();
  const ServerAnswer answer = exchange.take(response(415, "no"));
  EXPECT_EQ(answer.verdict, Verdict::kConfirmed);
  EXPECT_EQ(answer.refused.size(), 1U);
  EXPECT_EQ(answer.problem, "answered 415 no to x");
}

TEST_F(HttpExchangeTest, WhatIsNotHttpIsTriedAgainAndNeverEatsMemory) {
  EXPECT_EQ(answer("a\n", "-ERR unknown command\r\n\r\n").verdict, Verdict::kRetry);
  EXPECT_EQ(answer("a\n", "HTTP/1.1 200 OK\r\n" + std::string(100'000, 'x')).verdict, Verdict::kRetry);
  EXPECT_EQ(answer("a\n", response(200, std::string(100'000, 'x'))).verdict, Verdict::kRetry);
}

}  // namespace
}  // namespace squid
