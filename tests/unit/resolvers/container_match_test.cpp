#include "resolvers/container_match.h"

#include "support/identity_case.h"

namespace squid {
namespace {

TEST(MatchContainer, ContainersAndMachinesOfThatRuntime) {
  const auto match = match_container("/docker/" + kId + "/init", "docker");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->id, kId);
  EXPECT_TRUE(match->nested);
  EXPECT_EQ(match_container("/machine.slice/machine-jammy.scope", "systemd-nspawn")->id, "jammy");
  EXPECT_FALSE(match_container("/docker/" + kId, "podman").has_value());
  EXPECT_FALSE(match_container("/kubepods/pod" + kPod, "kubernetes").has_value());
  EXPECT_FALSE(match_container("/system.slice/ssh.service", "systemd").has_value());
  EXPECT_FALSE(match_container("", "").has_value());
}

TEST(MatchContainer, OnePathAfterTheOther) {
  for (const std::string& id : {kId, kOther, kId}) {
    EXPECT_FALSE(match_container("/docker/" + id, "lxc").has_value());
    EXPECT_EQ(match_container("/docker/" + id, "docker")->id, id);
  }
}

}  // namespace
}  // namespace squid
