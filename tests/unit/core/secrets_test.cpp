#include "core/secrets.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(Secrets, MasksThePasswordAndNothingElse) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"graphite:carbon:2003", "graphite:carbon:2003"},
      {"redis://host:6379/0", "redis://host:6379/0"},
      {"redis://:geheim@host:6379/0", "redis://:***@host:6379/0"},
      {"redis://me@host:6379", "redis://me@host:6379"},
      {"backstop:https://me:a:b@c@host/publish/x", "backstop:https://me:***@host/publish/x"},
      {"http://a:b@c, http://d:e@f", "http://a:***@c, http://d:***@f"},
      {"http://host/?mail=a:b@c", "http://host/?mail=a:b@c"},
      {"redis://:ge,he im#x@host:6379/0", "redis://:***@host:6379/0"},
      {"backstop:http://h/x?proxy=http://joe:ge,heim@p:1", "backstop:http://h/x?proxy=http://joe:***@p:1"},
      {"redis+unix::ge heim@/run/redis.sock", "redis+unix::***@/run/redis.sock"},
      {"redis+unix::geheim@/run/redis.sock", "redis+unix::***@/run/redis.sock"},
      {"redis+unix:/run/redis.sock", "redis+unix:/run/redis.sock"},
      {"://:@", "://:***@"},
      {"backstop:http://h/x?proxy=http://joe:geheim@p:1", "backstop:http://h/x?proxy=http://joe:***@p:1"},
      {"backstop:http://a:b@h/x?gzip=yes&proxy=http://joe:geheim@p",
       "backstop:http://a:***@h/x?gzip=yes&proxy=http://joe:***@p"},
      {"backstop:http://h/x?proxy=joe:geheim@p:1", "backstop:http://h/x?proxy=joe:***@p:1"},
      {"backstop:http://h/x?proxy=http%3A%2F%2Fjoe:geheim%40p:1", "backstop:http://h/x?proxy=***%40p:1"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(mask_secrets(text), expected);
}

}  // namespace
}  // namespace squid
