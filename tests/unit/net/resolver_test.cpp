#include "net/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "support/tcp_server.h"

namespace squid {
namespace {

class ResolverTest : public testing::Test {
 protected:
  Result<Resolver::Endpoints> resolve(const std::string& host) {
    std::optional<Result<Resolver::Endpoints>> answer;
    resolver_.resolve({host, 2003}, [&](Result<Resolver::Endpoints> found) { answer = std::move(found); });
    // Even what is known already comes from the event loop.
    EXPECT_FALSE(answer.has_value());
    run_until(io_, [&] { return answer.has_value(); });
    return answer ? *answer : Error{"no answer"};
  }
  std::string addresses(const std::string& host) {
    const auto found = resolve(host);
    if (!found) return found.error().message;
    std::string text;
    for (const auto& endpoint : *found)
      text += endpoint.address().to_string() + " " + std::to_string(endpoint.port()) + "\n";
    return text;
  }

  boost::asio::io_context io_;
  Resolver resolver_{io_};
};

TEST_F(ResolverTest, KnowsAddressesAndThisHost) {
  EXPECT_EQ(addresses("192.0.2.7"), "192.0.2.7 2003\n");
  EXPECT_EQ(addresses("::1"), "::1 2003\n");
  EXPECT_EQ(addresses("localhost"), "127.0.0.1 2003\n::1 2003\n");
}

TEST_F(ResolverTest, AsksTheLibraryForTheRest) {
  // The library reads this old form of 127.0.0.1 itself; no name server is asked.
  EXPECT_EQ(addresses("127.1"), "127.0.0.1 2003\n");
}

TEST_F(ResolverTest, SaysWhichNameHasNoAddress) {
  // Longer than a label of DNS may be: no name server is asked.
  const std::string host(70, 'h');
  EXPECT_THAT(addresses(host), testing::StartsWith("cannot resolve " + host + ": "));
}

TEST_F(ResolverTest, MayBeCancelledAndUsedAgain) {
  bool called = false;
  resolver_.resolve({std::string(70, 'h'), 2003}, [&](const Result<Resolver::Endpoints>&) { called = true; });
  resolver_.cancel();
  EXPECT_EQ(addresses("127.1"), "127.0.0.1 2003\n");
  EXPECT_FALSE(called);
}

TEST_F(ResolverTest, MayEndWhileALookupRuns) {
  bool called = false;
  {
    Resolver resolver(io_);
    resolver.resolve({std::string(70, 'h'), 2003},
                     [&](const Result<Resolver::Endpoints>&) { called = true; });
  }
  io_.run();
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace squid
