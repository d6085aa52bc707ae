#include "statsd/announcement.h"

#include "support/statsd_lines.h"

namespace squid::statsd {
namespace {

TEST(Announcement, EventsAndChecksOrWhyNot) {
  const LineCase cases[] = {
      {"_e{5,4}:title|text", "event title/text"},
      {"_e{5,4}:title|text\r", "event title/text"},
      {"_e{5,0}:title|", "event title/"},
      {"_e{5,4}:a|b|c|text", "event a|b|c/text"},
      {"_e{6,4}:caf\xC3\xA9"
       "s|text",
       "event caf\xC3\xA9s/text"},
      {"_e{5,4}:title|text|#a:b,c", "event title/text"},
      {"_e{5,4}:title|text|d:1656581400|h:host|k:key|p:low|s:source|t:error|#a", "event title/text"},
      {"_e{5,4}:title|text|p:normal|c:ci-1", "event title/text"},
      {"_e{5,10}:title|one\\ntwo..", "event title/one\\ntwo.."},
      {"_sc|name|0", "check name/"},
      {"_sc|name|3|d:5|h:host|#a:b|m:all is | well", "check name/all is | well"},
      {"_sc|name|1|c:ci-1|m:", "check name/"},
      {"_e{}:title|text", "!event"},
      {"_e{5}:title|text", "!event"},
      {"_e{5,4:title|text", "!event"},
      {"_e{0,4}:|text", "!event"},
      {"_e{-1,4}:title|text", "!event"},
      {"_e{5,4}title|text", "!event"},
      {"_e{4,4}:title|text", "!event"},
      {"_e{5,5}:title|text", "!event"},
      {"_e{5,3}:title|text", "!event"},
      {"_e{99999999999999999999,4}:title|text", "!event"},
      {"_e{18446744073709551615,4}:title|text", "!event"},
      {"_e{5,18446744073709551615}:title|text", "!event"},
      {"_e{5,4}:title|text|d:x", "!event"},
      {"_e{5,4}:title|text|p:high", "!event"},
      {"_e{5,4}:title|text|t:fatal", "!event"},
      {"_e{", "!event"},
      {"_sc|name", "!event"},
      {"_sc|name|4", "!event"},
      {"_sc|name|", "!event"},
      {"_sc|name|00", "!event"},
      {"_sc||0", "!event"},
      {"_sc|name|0|d:-1", "!event"},
  };
  expect_lines(Dialect::kStrict, cases);
}

TEST(Announcement, HasAllThatItTells) {
  const auto event =
      parse_announcement("_e{5,4}:title|text|d:1656581400|h:web1|k:key|p:low|t:error|#a:b,c|c:ci-1");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->time_s, 1656581400);
  EXPECT_EQ(event->host, "web1");
  EXPECT_EQ(event->priority, "low");
  EXPECT_EQ(event->alert, "error");
  EXPECT_EQ(event->tags, "a:b,c");
  const auto check = parse_announcement("_sc|db|2|d:7|h:web1|#a|m:down");
  ASSERT_TRUE(check);
  EXPECT_EQ(check->status, 2);
  EXPECT_EQ(check->time_s, 7);
  EXPECT_EQ(check->text, "down");
}

}  // namespace
}  // namespace squid::statsd
