#include "statsd/listen_address.h"

#include <gtest/gtest.h>

#include <string>

namespace squid::statsd {
namespace {

std::string parsed(std::string_view text) {
  const auto address = parse_listen_address(text);
  return address ? address->text() : "wrong";
}

TEST(ListenAddress, PortsAndAddresses) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"8125", "UDP 127.0.0.1:8125"},
      {":8125", "UDP [::]:8125"},
      {"10.0.0.1:8125", "UDP 10.0.0.1:8125"},
      {"0.0.0.0:8125", "UDP 0.0.0.0:8125"},
      {"[::1]:8125", "UDP [::1]:8125"},
      {"[::]:8125", "UDP [::]:8125"},
      {"localhost:9", "UDP 127.0.0.1:9"},
      {"10.0.0.1", "UDP 10.0.0.1:8125"},
      {"udp://:9", "UDP [::]:9"},
      {"tcp://:9", "TCP [::]:9"},
      {"tcp://9", "TCP 127.0.0.1:9"},
      {"tcp://10.0.0.1", "TCP 10.0.0.1:8125"},
      {"tcp://[::1]:9", "TCP [::1]:9"},
      {":0", "wrong"},
      {":70000", "wrong"},
      {"web:8125", "wrong"},
      {"::1:8125", "wrong"},
      {"10.0.0.1:", "wrong"},
      {":x", "wrong"},
      {"10.0.0.999:8125", "wrong"},
      {"http://:80", "wrong"},
      {"tcp:9", "wrong"},
      {"tcp://udp://9", "wrong"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parsed(text), expected) << text;
}

TEST(ListenAddress, Paths) {
  EXPECT_EQ(parsed("unix:/run/statsd.sock"), "unix:/run/statsd.sock");
  EXPECT_EQ(parsed("unix:///run/statsd.sock"), "unix:/run/statsd.sock");
  EXPECT_EQ(parsed("unixgram:/run/statsd.sock"), "unixgram:/run/statsd.sock");
  EXPECT_EQ(parsed("unix:/" + std::string(106, 'x')), "unix:/" + std::string(106, 'x'));
  for (const std::string text : {"unix:", "unix:statsd.sock", "unixgram:8125"})
    EXPECT_EQ(parsed(text), "wrong") << text;
  EXPECT_EQ(parsed("unix:/" + std::string(107, 'x')), "wrong");
}

}  // namespace
}  // namespace squid::statsd
