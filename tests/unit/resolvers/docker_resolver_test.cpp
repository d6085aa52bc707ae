#include "resolvers/docker_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/fake_docker_host.h"

namespace squid {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;
const std::string kId(64, 'a');
const std::string kOther(64, 'b');

class DockerResolverTest : public testing::Test {
 protected:
  FakeDockerHost host_;
  std::uint64_t now_ns_ = kSecond;
  DockerResolver resolver_{host_.root(), [this] { return now_ns_; }};
};

TEST_F(DockerResolverTest, NamesAContainerFromTheDaemonsOwnFiles) {
  host_.add_daemon(10, {"dockerd", "--data-root=/srv/docker"});
  host_.add_container("/proc/10/root/srv/docker", kId, "web.1");
  const auto container = resolver_.describe(kId, "/docker/" + kId);
  ASSERT_TRUE(container.has_value()) << container.error().message;
  EXPECT_EQ(container->container.name, "web.1");
  EXPECT_EQ(container->container.image, "busybox");
  EXPECT_EQ(container->container.labels.at("tier"), "web");
}

TEST_F(DockerResolverTest, EachDaemonsContainersAreFound) {
  host_.add_daemon(10, {"dockerd"});
  host_.add_daemon(11, {"dockerd", "-g", "/second"});
  host_.add_container("/proc/10/root/var/lib/docker", kId, "first");
  host_.add_container("/proc/11/root/second", kOther, "second");
  EXPECT_EQ(resolver_.describe(kId, "/docker/" + kId).value().container.name, "first");
  EXPECT_EQ(resolver_.describe(kOther, "/docker/" + kOther).value().container.name, "second");
}

TEST_F(DockerResolverTest, WorksWhileNoDaemonRuns) {
  host_.add_container("/var/lib/docker", kId, "orphan");
  EXPECT_EQ(resolver_.describe(kId, "/docker/" + kId).value().container.name, "orphan");
}

TEST_F(DockerResolverTest, ADaemonThatWasRestartedIsFoundAgain) {
  host_.add_daemon(10, {"dockerd"});
  host_.add_container("/proc/10/root/var/lib/docker", kId, "web");
  ASSERT_TRUE(resolver_.describe(kId, "/docker/" + kId).has_value());

  host_.end_process(10);
  host_.add_daemon(20, {"dockerd"});
  host_.add_container("/proc/20/root/var/lib/docker", kOther, "db");
  now_ns_ += kSecond;
  EXPECT_EQ(resolver_.describe(kOther, "/docker/" + kOther).value().container.name, "db");
}

TEST_F(DockerResolverTest, LooksForDaemonsAtMostOncePerSecond) {
  EXPECT_FALSE(resolver_.describe(kId, "/docker/" + kId).has_value());
  host_.add_daemon(10, {"dockerd", "--data-root=/srv"});
  host_.add_container("/proc/10/root/srv", kId, "web");
  now_ns_ += kSecond - 1;
  EXPECT_FALSE(resolver_.describe(kId, "/docker/" + kId).has_value());
  now_ns_ += 1;
  EXPECT_TRUE(resolver_.describe(kId, "/docker/" + kId).has_value());
}

TEST_F(DockerResolverTest, ErrorsSayWhereItLooked) {
  const auto missing = resolver_.describe(kId, "/docker/" + kId);
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().message, HasSubstr("/var/lib/docker"));
  EXPECT_THAT(missing.error().message, HasSubstr(short_id(kId)));

  host_.write("/var/lib/docker/containers/" + kId + "/config.v2.json", "{");
  const auto broken = resolver_.describe(kId, "/docker/" + kId);
  ASSERT_FALSE(broken.has_value());
  EXPECT_THAT(broken.error().message, HasSubstr("config.v2.json is not JSON"));
}

TEST_F(DockerResolverTest, WhatIsWrongInOnePlaceKeepsNobodyFromBeingFoundInAnother) {
  host_.add_daemon(10, {"dockerd", "--data-root=/broken"});
  host_.write("/proc/10/root/broken/containers/" + kId + "/config.v2.json", "{");
  host_.add_daemon(11, {"dockerd"});
  host_.add_container("/proc/11/root/var/lib/docker", kId, "web");
  EXPECT_EQ(resolver_.describe(kId, "/docker/" + kId).value().container.name, "web");
}

TEST_F(DockerResolverTest, WhoSharesNothingWithAContainerCannotNameIt) {
  host_.add_daemon(10, {"dockerd", "--data-root=/mine"});
  host_.write("/proc/10/cgroup", "0::/docker/" + kOther + "\n");
  host_.add_container("/proc/10/root/mine", kId, "another");
  EXPECT_FALSE(resolver_.describe(kId, "/system.slice/docker-" + kId + ".scope").has_value());
}

TEST_F(DockerResolverTest, AContainersFileMayNotBeADevice) {
  const std::string directory = host_.root() + "/var/lib/docker/containers/" + kId;
  std::filesystem::create_directories(directory);
  std::filesystem::create_symlink("/dev/zero", directory + "/config.v2.json");
  EXPECT_FALSE(resolver_.describe(kId, "/docker/" + kId).has_value());
}

TEST_F(DockerResolverTest, IsRegisteredAndMatchesPaths) {
  const ResolverKind* kind = ResolverRegistry::find("docker");
  ASSERT_NE(kind, nullptr);
  const auto resolver = kind->make("/");
  EXPECT_EQ(resolver->runtime(), "docker");
  EXPECT_EQ(resolver->match("/docker/" + kId)->id, kId);
  EXPECT_FALSE(resolver->match("/system.slice").has_value());
}

}  // namespace
}  // namespace squid
