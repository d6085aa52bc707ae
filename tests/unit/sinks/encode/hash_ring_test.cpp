#include "sinks/encode/hash_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace squid {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Gt;

// The answers that are compared here are those of carbon 1.1.7; an e2e test asks it about thousands more.
std::vector<std::size_t> servers_of(const std::vector<HashRing::Node>& nodes, const std::string& before,
                                    int count, const std::string& behind = {}) {
  const auto ring = HashRing::of(nodes);
  std::vector<std::size_t> servers;
  for (int i = 0; i < count; ++i) servers.push_back(ring->server_of(before + std::to_string(i) + behind));
  return servers;
}

TEST(HashRing, ChoosesAsCarbonDoes) {
  EXPECT_THAT(servers_of({{"carbon1.example", ""}, {"carbon2.example", ""}, {"10.0.0.3", "b"}},
                         "squid.db1.web", 20, ".memory.usage.last"),
              ElementsAre(0, 0, 0, 1, 0, 0, 1, 1, 2, 1, 1, 2, 2, 1, 2, 0, 2, 0, 2, 1));
}

TEST(HashRing, TellsInstancesOfOneHostApart) {
  EXPECT_THAT(servers_of({{"127.0.0.1", "a"}, {"127.0.0.1", "b"}}, "squid.db1.web", 20, ".memory.usage.last"),
              ElementsAre(1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0));
}

TEST(HashRing, PlacesThatAreTakenMoveOn) {
  std::vector<HashRing::Node> nodes;
  for (int i = 0; i < 60; ++i) nodes.push_back({"h" + std::to_string(i), ""});
  EXPECT_THAT(servers_of(nodes, "n", 12), ElementsAre(21, 4, 27, 14, 44, 55, 13, 35, 5, 55, 57, 53));
}

TEST(HashRing, OneServerHasAll) {
  EXPECT_THAT(servers_of({{"h", ""}}, "n", 100), Each(0U));
}

TEST(HashRing, EachServerHasItsShare) {
  std::array<int, 3> shares{};
  for (const std::size_t server : servers_of({{"a", ""}, {"b", ""}, {"c", ""}}, "n", 3000))
    ++shares.at(server);
  EXPECT_THAT(shares, Each(Gt(500)));
}

}  // namespace
}  // namespace squid
