#include "net/redis_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squid {
namespace {

using testing::HasSubstr;

const std::string kTwoCommands =
    "*2\r\n$4\r\nINCR\r\n$1\r\na\r\n"
    "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$8\r\n\r\n*1\r\n$1\r\n";

class RedisExchangeTest : public testing::Test {
 protected:
  RedisExchangeTest() { EXPECT_EQ(exchange_.greet(), ""); }
  ServerAnswer answer(std::string_view bytes) {
    exchange_.begin(kTwoCommands);
    EXPECT_EQ(exchange_.request(), kTwoCommands);
    return exchange_.take(bytes);
  }

  RedisExchange exchange_{RedisLogin{}};
};

TEST_F(RedisExchangeTest, ConfirmsWhenEveryCommandIsAnswered) {
  exchange_.begin(kTwoCommands);
  exchange_.request();
  for (const char byte : std::string_view(":17\r\n+O"))
    EXPECT_EQ(exchange_.take({&byte, 1}).verdict, Verdict::kMore);
  const ServerAnswer answer = exchange_.take("K\r\n");
  EXPECT_EQ(answer.verdict, Verdict::kConfirmed);
  EXPECT_EQ(answer.refused.size(), 0U);
  EXPECT_EQ(answer.problem, "");
}

TEST_F(RedisExchangeTest, CountsWhatIsRefusedForGood) {
  const ServerAnswer refused = answer("-WRONGTYPE Operation against a key\r\n-ERR no\r\n");
  EXPECT_EQ(refused.verdict, Verdict::kConfirmed);
  ASSERT_EQ(refused.refused.size(), 2U);
  EXPECT_EQ(refused.refused[0].record, "*2\r\n$4\r\nINCR\r\n$1\r\na\r\n");
  EXPECT_EQ(refused.refused[1].record, "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$8\r\n\r\n*1\r\n$1\r\n");
  EXPECT_EQ(refused.refused[1].reason, "ERR no");
  EXPECT_EQ(refused.problem, "WRONGTYPE Operation against a key");
  // The next batch starts from nothing.
  EXPECT_EQ(answer("+OK\r\n+OK\r\n").refused.size(), 0U);
}

TEST_F(RedisExchangeTest, SaysWhyAClusterDoesNotWork) {
  EXPECT_THAT(answer("-MOVED 3999 127.0.0.1:6381\r\n:1\r\n").problem,
              HasSubstr("give the address of a proxy"));
}

TEST_F(RedisExchangeTest, WhatTheServerHasAlreadyIsNotRefused) {
  const ServerAnswer repeated =
      answer(":1\r\n-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n");
  EXPECT_EQ(repeated.verdict, Verdict::kConfirmed);
  EXPECT_EQ(repeated.refused.size(), 0U);
  EXPECT_EQ(repeated.outdated.size(), 1U);
}

TEST_F(RedisExchangeTest, TriesAgainWhatTimeOrAPersonMends) {
  for (const char* error :
       {"-OOM command not allowed", "-READONLY You can't write", "-LOADING Redis is loading",
        "-NOAUTH required", "-NOPERM this user has no permissions",
        "-DENIED Redis is running in protected mode", "-MASTERDOWN Link", "-BUSY Redis is busy",
        "-MISCONF Redis is configured", "-CLUSTERDOWN down", "-ERR max number of clients reached",
        "-NOREPLICAS Not enough"}) {
    const ServerAnswer later = answer(std::string(":1\r\n") + error + "\r\n");
    EXPECT_EQ(later.verdict, Verdict::kRetry) << error;
    EXPECT_EQ("-" + later.problem, error);
    exchange_.greet();
  }
}

TEST_F(RedisExchangeTest, WhatIsNotRedisIsTriedAgainAndNeverEatsMemory) {
  EXPECT_EQ(answer("HTTP/1.1 400 Bad Request\r\n\r\n").verdict, Verdict::kRetry);
  exchange_.greet();
  EXPECT_EQ(answer("$500000000\r\n").verdict, Verdict::kMore);
  ServerAnswer last;
  for (int kib = 0; kib < 100 && last.verdict == Verdict::kMore; ++kib)
    last = exchange_.take(std::string(1024, 'x'));
  EXPECT_EQ(last.verdict, Verdict::kRetry);
}

TEST(RedisExchange, LogsInAndChoosesTheDatabase) {
  RedisExchange exchange({.user = "joe", .password = "se\r\ncret", .database = 7});
  EXPECT_EQ(exchange.greet(),
            "*3\r\n$4\r\nAUTH\r\n$3\r\njoe\r\n$8\r\nse\r\ncret\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n7\r\n");
  EXPECT_EQ(exchange.take("+OK\r\n").verdict, Verdict::kMore);
  EXPECT_EQ(exchange.take("+OK\r\n").verdict, Verdict::kReady);

  RedisExchange without_user({.user = "", .password = "secret", .database = 0});
  EXPECT_EQ(without_user.greet(), "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n");
  const ServerAnswer refused =
      without_user.take("-WRONGPASS invalid username-password pair or user is disabled.\r\n");
  EXPECT_EQ(refused.verdict, Verdict::kRetry);
  EXPECT_THAT(refused.problem, HasSubstr("WRONGPASS"));
}

}  // namespace
}  // namespace squid
