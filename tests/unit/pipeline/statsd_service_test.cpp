#include "pipeline/statsd_service.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace squid {
namespace {

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

}  // namespace
}  // namespace squid
