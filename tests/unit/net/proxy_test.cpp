#include "net/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Proxy, IsHostAndPortWithUserAndPassword) {
  const auto proxy = parse_proxy("http://joe:p%40ss@proxy.example:3128/");
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->address, (HostPort{"proxy.example", 3128}));
  EXPECT_EQ(proxy->user, "joe");
  EXPECT_EQ(proxy->password, "p@ss");
  EXPECT_EQ(proxy->authorization(), "Basic am9lOnBAc3M=");
  EXPECT_EQ(parse_proxy("proxy")->address, (HostPort{"proxy", 1080}));
  EXPECT_EQ(parse_proxy("[::1]:8080")->address, (HostPort{"::1", 8080}));
  EXPECT_EQ(parse_proxy("proxy:3128")->authorization(), "");
}

TEST(Proxy, WhatIsNoneIsSaidWithoutThePassword) {
  const auto refused = [](std::string_view text) {
    const auto proxy = parse_proxy(text);
    return proxy ? "accepted" : proxy.error().message;
  };
  EXPECT_THAT(refused("socks5://proxy:1080"), HasSubstr("not by socks5://"));
  EXPECT_THAT(refused("https://proxy"), HasSubstr("not by https://"));
  EXPECT_THAT(refused("http://proxy/path"), HasSubstr("has no path"));
  EXPECT_THAT(refused("http://joe:secret@proxy:x"), HasSubstr("'proxy:x' is not an address"));
  EXPECT_THAT(refused("joe:secret@proxy:x"), Not(HasSubstr("secret")));
  EXPECT_THAT(refused("http://joe:secret%40proxy:1"), HasSubstr("not as %40"));
}

TEST(Proxy, NoProxyExemptsAsCurlDoes) {
  struct Case {
    const char* no_proxy;
    const char* host;
    bool exempt;
  };
  const Case cases[] = {
      {"", "a.example", false},
      {"*", "a.example", true},
      {"*", "10.1.2.3", true},
      {"a.example", "a.example", true},
      {"A.Example.", "a.exAMPLE", true},
      {"a.example", "a.example.", true},
      {"example", "a.example", true},
      {".example", "a.example", true},
      {".example", "example", true},
      {"example", "anexample", false},
      {"a.example", "example", false},
      {"*.example", "a.example", false},
      {"localhost, b.example\tc.example", "b.example", true},
      {"localhost,c.example b.example", "b.example", true},
      {",,", "b.example", false},
      {"10.1.2.3", "10.1.2.3", true},
      {"10.1.2.3", "10.1.2.30", false},
      {"1.2.3", "10.1.2.3", false},
      {"10.0.0.0/8", "10.1.2.3", true},
      {"10.1.2.3/8", "10.200.2.3", true},
      {"10.0.0.0/8", "11.1.2.3", false},
      {"10.1.0.0/16", "10.2.0.0", false},
      {"10.0.0.0/33", "10.0.0.0", false},
      {"0.0.0.0/0", "11.1.2.3", true},
      {"10.0.0.0/8", "ten.example", false},
      {"::1", "::1", true},
      {"[::1]", "::1", true},
      {"0:0::1", "::1", true},
      {"fd00::/8", "fd12::1", true},
      {"fd00::/8", "fe80::1", false},
      {"::/0", "10.0.0.1", false},
  };
  for (const Case& row : cases)
    EXPECT_EQ(is_exempt(row.no_proxy, row.host), row.exempt) << row.no_proxy << " " << row.host;
}

TEST(Proxy, TheEnvironmentChooses) {
  struct Case {
    std::map<std::string, std::string> environment;
    bool encrypted;
    const char* proxy;  // its host, empty: none
  };
  const Case cases[] = {
      {{}, false, ""},
      {{{"http_proxy", "http://p:1"}}, false, "p"},
      {{{"http_proxy", "http://p:1"}}, true, ""},
      {{{"HTTP_PROXY", "http://p:1"}}, false, ""},
      {{{"https_proxy", "p:1"}}, true, "p"},
      {{{"https_proxy", "p:1"}}, false, ""},
      {{{"HTTPS_PROXY", "p:1"}}, true, "p"},
      {{{"https_proxy", "small"}, {"HTTPS_PROXY", "LARGE"}}, true, "small"},
      {{{"https_proxy", ""}, {"HTTPS_PROXY", "p"}}, true, "p"},
      {{{"all_proxy", "p"}}, false, "p"},
      {{{"ALL_PROXY", "p"}}, true, "p"},
      {{{"all_proxy", "a"}, {"http_proxy", "p"}}, false, "p"},
      {{{"http_proxy", "p"}, {"no_proxy", "backstop.example"}}, false, ""},
      {{{"http_proxy", "p"}, {"NO_PROXY", "example"}}, false, ""},
      {{{"http_proxy", "p"}, {"no_proxy", "other"}, {"NO_PROXY", "example"}}, false, "p"},
      {{{"http_proxy", "socks5://p"}, {"no_proxy", "*"}}, false, ""},
  };
  for (const Case& row : cases) {
    const auto proxy = choose_proxy("backstop.example", row.encrypted, [&](const char* name) {
      const auto found = row.environment.find(name);
      return found == row.environment.end() ? nullptr : found->second.c_str();
    });
    ASSERT_TRUE(proxy);
    EXPECT_EQ(*proxy ? (*proxy)->address.host : "", row.proxy)
        << testing::PrintToString(row.environment) << row.encrypted;
  }
}

TEST(Proxy, AWrongVariableIsNamed) {
  const auto proxy = choose_proxy("host", false, [](const char* name) {
    return std::string_view(name) == "all_proxy" ? "socks5://joe:secret@p" : nullptr;
  });
  ASSERT_FALSE(proxy);
  EXPECT_EQ(proxy.error().message,
            "all_proxy of the environment: a proxy is spoken to by http:// and not by socks5://; proxy=none "
            "goes without it");
}

}  // namespace
}  // namespace squid
