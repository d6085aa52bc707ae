#include "resolvers/path_resolver.h"

#include <gtest/gtest.h>

#include "resolvers/container_directory.h"
#include "support/identity_case.h"

namespace squid {
namespace {

constexpr CgroupId kCgroup = CgroupId::of(0, 1);

ContainerDirectory directory_of_all() {
  std::vector<std::unique_ptr<NameResolver>> resolvers;
  for (const ResolverKind* kind : ResolverRegistry::all()) resolvers.push_back(kind->make("/nonexistent"));
  return {std::move(resolvers), {.mode = ContainerDirectory::Mode::kContainers}};
}

TEST(PathResolver, MatchesItsOwnRuntimeOnly) {
  const PathResolver podman("podman");
  EXPECT_EQ(podman.runtime(), "podman");
  const auto match = podman.match("/machine.slice/libpod-" + kId + ".scope/container");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->id, kId);
  EXPECT_TRUE(match->nested);
  EXPECT_FALSE(podman.match("/machine.slice/libpod-" + kId + ".scope")->nested);
  EXPECT_FALSE(podman.match("/docker/" + kId).has_value());
  EXPECT_FALSE(podman.match("/machine.slice/machine-libpod_pod_" + kId + ".slice").has_value()) << "a pod";
  EXPECT_FALSE(PathResolver("systemd").match("/system.slice/ssh.service").has_value()) << "a unit";
}

TEST(PathResolver, EveryRuntimesContainersAreShown) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"/machine.slice/libpod-" + kId + ".scope", "podman", kId.substr(0, 12)},
      {"/system.slice/cri-containerd-" + kId + ".scope", "containerd", kId.substr(0, 12)},
      {"/kubepods/burstable/pod" + kPod + "/" + kId, "containerd", kId.substr(0, 12)},
      {"/default/redis-of-the-shop", "containerd", "redis-of-the-shop"},
      {"/kubepods/pod" + kPod + "/crio-" + kId, "cri-o", kId.substr(0, 12)},
      {"/ecs/" + kStaticPod + "/" + kStaticPod + "-7", "ecs", kStaticPod + "-7"},
      {"/garden/" + kPod, "garden", kPod},
      {"/incus.slice/incus-web.scope", "incus", "web"},
      {"/machine/web.libvirt-qemu", "libvirt", "web"},
      {"/lxc.payload.mysql-primary-db", "lxc", "mysql-primary-db"},
      {"/mesos/" + kPod, "mesos", kPod},
      {"/nomad/" + kPod + ".web", "nomad", kPod + ".web"},
      {"/machine.slice/machine-jammy.scope", "systemd-nspawn", "jammy"},
      {"/qemu.slice/101.scope", "proxmox", "101"},
      {"/slurm/uid_1/job_7", "slurm", "7"},
  };
  ContainerDirectory directory = directory_of_all();
  for (const auto& [path, runtime, name] : cases) {
    const auto container = directory.admit(path, kCgroup);
    ASSERT_NE(container, nullptr) << path;
    EXPECT_EQ(container->runtime, runtime) << path;
    EXPECT_EQ(container->name, name) << path;
    EXPECT_EQ(directory.admit(path + "/below", kCgroup), nullptr) << path;
  }
  EXPECT_EQ(directory.failures(), 4U) << "podman, containerd and CRI-O keep files of theirs";
  EXPECT_EQ(directory.unnamed(), 4U);
}

TEST(PathResolver, PodsAndUnitsAndHelpersAreNotShown) {
  ContainerDirectory directory = directory_of_all();
  for (const std::string path : {"/system.slice/ssh.service", "/kubepods/burstable/pod", "/init.scope",
                                 "/machine.slice/systemd-nspawn@jammy.service/supervisor"})
    EXPECT_EQ(directory.admit(path, kCgroup), nullptr) << path;
  EXPECT_EQ(directory.admit("/kubepods/pod" + kPod, kCgroup), nullptr);
  EXPECT_EQ(directory.admit("/machine.slice/libpod-conmon-" + kId + ".scope", kCgroup), nullptr);
}

}  // namespace
}  // namespace squid
