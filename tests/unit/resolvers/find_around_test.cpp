// ContainerDirectory::find_around(), with docker's own files: who runs somewhere, whether watched or not.
#include <gtest/gtest.h>

#include <string>

#include "resolvers/container_directory.h"
#include "support/fake_docker_host.h"

namespace squid {
namespace {

const std::string kId(64, '1');

ContainerDirectory make(const FakeDockerHost& host, ContainerDirectory::Policy policy) {
  std::vector<std::unique_ptr<NameResolver>> resolvers;
  resolvers.push_back(ResolverRegistry::find("docker")->make(host.root()));
  return {std::move(resolvers), std::move(policy)};
}

TEST(FindAround, WhoeverRunsInAContainerIsInItHoweverDeep) {
  FakeDockerHost host;
  host.add_container("/var/lib/docker", kId, "web");
  ContainerDirectory directory = make(host, {.mode = ContainerDirectory::Mode::kNone});
  for (const std::string& path : {"/docker/" + kId, "/docker/" + kId + "/below/it"}) {
    const auto container = directory.find_around(path);
    ASSERT_NE(container, nullptr) << path;
    EXPECT_EQ(container->name, "web");
    EXPECT_EQ(container->id, kId);
  }
  EXPECT_EQ(directory.find_around("/system.slice/docker.service"), nullptr);
}

TEST(FindAround, RulesRenameAndNoNameIsAnId) {
  FakeDockerHost host;
  host.add_container("/var/lib/docker", kId, "shop-web");
  auto rules = NameRules::parse(R"([{"regexp": "shop-", "into": "shop."}])").value();
  ContainerDirectory directory = make(host, {.rules = std::move(rules)});
  EXPECT_EQ(directory.find_around("/docker/" + kId)->series_name, "shop.web");
  const auto unknown = directory.find_around("/docker/" + std::string(64, '2'));
  ASSERT_NE(unknown, nullptr);
  EXPECT_EQ(unknown->name, "222222222222");
  EXPECT_FALSE(unknown->named);
  EXPECT_EQ(directory.unnamed(), 0U) << "who is not watched is not asked for again";
}

}  // namespace
}  // namespace squid
