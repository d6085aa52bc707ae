#include "pipeline/statsd_service.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <string>

#include "support/statsd_flush.h"

namespace squid {
namespace {

using boost::asio::ip::udp;

std::uint16_t free_port() {
  boost::asio::io_context io;
  return udp::socket(io, {boost::asio::ip::make_address("127.0.0.1"), 0}).local_endpoint().port();
}

TEST(StatsdService, ABadAddressNamesItsOption) {
  boost::asio::io_context io;
  Options options;
  options.statsd.listen = {"nowhere:1"};
  const auto service = StatsdService::open(io, options);
  ASSERT_FALSE(service);
  EXPECT_EQ(service.error().message.find("--statsd 'nowhere' is a name"), 0U) << service.error().message;
}

TEST(StatsdService, WithoutASocketThereIsNone) {
  boost::asio::io_context io;
  const auto service = StatsdService::open(io, Options{});
  ASSERT_TRUE(service);
  EXPECT_FALSE(*service);
}

TEST(StatsdService, SeveralThreadsMakeOneReport) {
  constexpr int kClients = 50;
  boost::asio::io_context io;
  Options options;
  options.statsd.listen = {"127.0.0.1:" + std::to_string(free_port())};
  options.statsd.threads = 3;
  const auto service = StatsdService::open(io, options);
  ASSERT_TRUE(service) << service.error().message;
  (*service)->begin();
  const udp::endpoint to(boost::asio::ip::make_address("127.0.0.1"), (*service)->ports().udp.front());
  for (int i = 0; i < kClients; ++i)
    udp::socket(io, udp::v4()).send_to(boost::asio::buffer(std::string("a:1|c\nbad\nu:joe|s")), to);
  Report report;
  report.interval_s = 10;
  (*service)->append_to(report);
  const auto keys = statsd::values_of(report.subjects.front());
  EXPECT_EQ(keys.at("stats_counts.a"), kClients);
  EXPECT_EQ(keys.at("stats.sets.u.count"), 1);
  EXPECT_EQ(statsd::values_of(report.subjects.back()).at("squid.statsd.packets"), kClients);
  EXPECT_EQ(statsd::values_of(report.subjects.back()).at("squid.statsd.bad.no_value"), kClients);
}

}  // namespace
}  // namespace squid
