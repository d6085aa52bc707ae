#include "statsd/listen_address.h"

#include <gtest/gtest.h>

#include <string>

namespace squid::statsd {
namespace {

std::string parsed(std::string_view text) {
  const auto address = parse_listen_address(text);
  return address ? address->address.to_string() + " " + std::to_string(address->port) : "wrong";
}

TEST(ListenAddress, PortsAndAddresses) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"8125", "127.0.0.1 8125"},
      {":8125", ":: 8125"},
      {"10.0.0.1:8125", "10.0.0.1 8125"},
      {"0.0.0.0:8125", "0.0.0.0 8125"},
      {"[::1]:8125", "::1 8125"},
      {"[::]:8125", ":: 8125"},
      {"localhost:9", "127.0.0.1 9"},
      {"10.0.0.1", "10.0.0.1 8125"},
      {":0", "wrong"},
      {":70000", "wrong"},
      {"web:8125", "wrong"},
      {"::1:8125", "wrong"},
      {"10.0.0.1:", "wrong"},
      {":x", "wrong"},
      {"10.0.0.999:8125", "wrong"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parsed(text), expected) << text;
}

}  // namespace
}  // namespace squid::statsd
