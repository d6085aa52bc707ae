#include "net/host_port.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

HostPort parsed(std::string_view text) {
  const auto result = parse_host_port(text, {"localhost", 2003});
  return result ? *result : HostPort{"refused", 0};
}

TEST(ParseHostPort, TakesWhatIsMissingFromTheDefault) {
  EXPECT_EQ(parsed(""), (HostPort{"localhost", 2003}));
  EXPECT_EQ(parsed("2103"), (HostPort{"localhost", 2103}));
  EXPECT_EQ(parsed("carbon.example.com"), (HostPort{"carbon.example.com", 2003}));
  EXPECT_EQ(parsed("[::1]"), (HostPort{"::1", 2003}));
}

TEST(ParseHostPort, TakesWhatIsThere) {
  EXPECT_EQ(parsed("carbon:1"), (HostPort{"carbon", 1}));
  EXPECT_EQ(parsed("10.0.0.7:65535"), (HostPort{"10.0.0.7", 65535}));
  EXPECT_EQ(parsed("[::1]:2103"), (HostPort{"::1", 2103}));
  EXPECT_EQ(parsed("[fe80::1%eth0]:2103"), (HostPort{"fe80::1%eth0", 2103}));
  EXPECT_EQ(parsed("my_host-1:7"), (HostPort{"my_host-1", 7}));
}

TEST(ParseHostPort, RefusesWhatIsNoAddress) {
  for (const std::string& text :
       {std::string("0"), std::string("65536"), std::string("host:0"), std::string("host:"),
        std::string(":7"), std::string("host:7x"), std::string("host:-1"),
        std::string("host:99999999999999999999"), std::string("::1"), std::string("[::1"),
        std::string("[::1]x"), std::string("[::1]:"), std::string("[]"), std::string("ho st"),
        std::string("host/path"), std::string("host\n"), std::string("http://host:7"),
        std::string(300, 'h')}) {
    const auto result = parse_host_port(text, {"localhost", 2003});
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().message,
              "'" + text +
                  "' is not an address: write host:port, host, port or [IPv6]:port, with a "
                  "port from 1 to 65535");
  }
}

TEST(HostPort, ReadsAsItIsWritten) {
  EXPECT_EQ((HostPort{"carbon", 2003}.text()), "carbon:2003");
  EXPECT_EQ((HostPort{"::1", 2003}.text()), "[::1]:2003");
}

}  // namespace
}  // namespace squid
