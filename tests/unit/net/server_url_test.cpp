#include "net/server_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string refused(std::string_view text) {
  const auto url = parse_server_url(text, 80);
  return url ? "accepted" : url.error().message;
}

TEST(ServerUrl, HasAllItsParts) {
  const auto url =
      parse_server_url("https://joe:p%40ss:w%2Frd@[::1]:8443/publish/a?names=x&ca=/etc/%20ca", 443);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->user, "joe");
  EXPECT_EQ(url->password, "p@ss:w/rd");
  EXPECT_EQ(url->server, (HostPort{"::1", 8443}));
  EXPECT_EQ(url->path, "/publish/a");
  EXPECT_EQ(*url->options.find("names"), "x");
  EXPECT_EQ(*url->options.find("ca"), "/etc/ ca");
  EXPECT_EQ(url->options.find("other"), nullptr);
}

TEST(ServerUrl, NeedsOnlyAScheme) {
  const auto url = parse_server_url("redis://", 6379);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->server, (HostPort{"localhost", 6379}));
  EXPECT_EQ(url->user + url->password + url->path, "");
  EXPECT_EQ(parse_server_url("redis://cache?db=2", 6379)->server.host, "cache");
  EXPECT_EQ(parse_server_url("redis://:secret@cache", 6379)->password, "secret");
}

TEST(ServerUrl, AnOptionMayBeAnAddressWithAPassword) {
  const auto url = parse_server_url("http://host/x?gzip=yes&proxy=http://joe:p%40ss@proxy:1&ca=a%20b", 80);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->server.host, "host");
  EXPECT_EQ(url->user, "");
  EXPECT_EQ(url->options.text("proxy"), "http://joe:p%40ss@proxy:1");
  EXPECT_EQ(url->options.text("ca"), "a b");
}

TEST(ServerUrl, SaysWhatIsWrongWithoutThePassword) {
  EXPECT_THAT(refused("host:80"), HasSubstr("must begin with a scheme"));
  EXPECT_THAT(refused("http://host:port/"), HasSubstr("'host:port' is not an address"));
  EXPECT_THAT(refused("http://a:%zz@host"), HasSubstr("without two hexadecimal digits"));
  EXPECT_THAT(refused("http://host/?name"), HasSubstr("is not an option"));
  EXPECT_THAT(refused("http://joe:se/cret@host/"), HasSubstr("write %2F"));
  EXPECT_THAT(refused("http://joe:se/cret@host/"), Not(HasSubstr("cret")));
  EXPECT_THAT(refused("http://joe:secret@host:0/"), Not(HasSubstr("secret")));
}

TEST(ServerUrl, NamesAnOptionThatThereIsNot) {
  const auto url = parse_server_url("http://host/?names=x&nmaes=y", 80);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->options.allow({"names", "ca"}).error().message,
            "there is no option 'nmaes' in such an address; there are names, ca");
}

}  // namespace
}  // namespace squid
