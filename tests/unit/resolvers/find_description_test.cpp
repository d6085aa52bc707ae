#include "resolvers/find_description.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "support/fake_docker_host.h"
#include "support/identity_case.h"

namespace squid {
namespace {

class FindDescription : public testing::Test {
 protected:
  FindDescription() {
    for (const ResolverKind* kind : ResolverRegistry::all()) resolvers_.push_back(kind->make(host_.root()));
  }
  Result<Found> find(const std::string& path) {
    return find_description(resolvers_, find_owner(resolvers_, path), path);
  }

  FakeDockerHost host_;
  std::vector<std::unique_ptr<NameResolver>> resolvers_;
};

TEST_F(FindDescription, ABareIdIsWhoeverKnowsIt) {
  host_.add_container("/var/lib/docker", kId, "web");
  const auto docker = find("/kubepods/besteffort/pod" + kPod + "/" + kId);
  ASSERT_TRUE(docker.has_value()) << docker.error().message;
  EXPECT_EQ(docker->resolver->runtime(), "docker");
  EXPECT_EQ(docker->description.container.name, "web");
  EXPECT_EQ(docker->description.container.pod, kPod) << "until its name is known";

  host_.write("/run/containerd/io.containerd.runtime.v2.task/prod/" + kOther + "/config.json",
              R"({"annotations":{"nerdctl/name":"redis"}})");
  const auto nerdctl = find("/prod/" + kOther);
  ASSERT_TRUE(nerdctl.has_value()) << nerdctl.error().message;
  EXPECT_EQ(nerdctl->resolver->runtime(), "containerd");
}

TEST_F(FindDescription, AMarkIsBelieved) {
  host_.add_container("/var/lib/docker", kId, "web");
  EXPECT_EQ(find("/machine.slice/libpod-" + kId + ".scope").error().code, ENOENT);
  EXPECT_EQ(find("/kubepods/pod" + kPod + "/" + kOther).error().code, ENOENT) << "nobody knows it";
}

TEST_F(FindDescription, LongNamesAreCut) {
  host_.add_container("/var/lib/docker", kId, std::string(100'000, 'x'));
  EXPECT_EQ(find("/docker/" + kId)->description.container.name.size(), kLongestNameBytes);
}

TEST_F(FindDescription, NobodysPathHasNoOwner) {
  EXPECT_EQ(find_owner(resolvers_, "/system.slice/ssh.service").resolver, nullptr);
  EXPECT_EQ(find_owner(resolvers_, "/docker/" + kId + "/init").match.nested, true);
}

}  // namespace
}  // namespace squid
