// docker, podman, containerd and CRI-O, as their cgroups are called on real hosts.
#include "support/identity_case.h"

namespace squid {
namespace {

constexpr IdentityKind kContainer = IdentityKind::kContainer;

TEST(OciPaths, Docker) {
  expect_identities("docker", kContainer,
                    {{"/docker/" + kId, kId},
                     {"/docker-ce/docker/" + kId, kId},
                     {"/" + kId, kId},
                     {"/actions_job/" + kId, kId},
                     {"/my.slice/" + kId, kId},
                     {"/system.slice/docker-" + kId + ".scope", kId},
                     {"/docker-" + kId + ".scope", kId},
                     {"/machines.slice/deep.slice/docker-" + kId + ".scope", kId},
                     {kUser + "/user.slice/docker-" + kId + ".scope", kId},
                     {kUser + "/app.slice/docker.service/" + kId, kId},
                     {"/system.slice:docker:" + kId, kId},
                     {"/system.slice/containerd.service/system.slice:docker:" + kId, kId},
                     {"/system.slice/docker.service/docker/" + kId, kId},
                     {"/ecs/test-ecs-classic/5a0d5ceddf6c44c1928d367a815d890f/" + kId, kId, false,
                      "5a0d5ceddf6c44c1928d367a815d890f"}});
}

TEST(OciPaths, WhatIsInsideOfADockerContainerIsTheContainers) {
  expect_identities(
      "docker", kContainer,
      {{"/docker/" + kId + "/init", kId, kNested},
       {"/docker/" + kId + "/init.scope", kId, kNested},
       {"/system.slice/docker-" + kId + ".scope/init", kId, kNested},
       {"/system.slice/docker-" + kId + ".scope/supervisor", kId, kNested},
       {"/system.slice/docker-" + kId + ".scope/buildkit/w3qx0yo8hm2yqbqv7c5b5yk1c", kId, kNested},
       {"/system.slice/docker-" + kId + ".scope/system.slice/ssh.service", kId, kNested},
       {"/system.slice/docker-" + kId + ".scope/system.slice/run-lock.mount", kId, kNested},
       {"/docker/" + kId + "/machine.slice/libpod-conmon-" + kOther + ".scope", kId, kNested},
       // A bare id inside of a container is that container's own affair.
       {"/docker/" + kId + "/" + kOther, kId, kNested},
       {"/docker/" + kId + "/" + kOther + "/x", kId, kNested}});
}

TEST(OciPaths, TheInnermostContainerCounts) {
  const std::string docker_id = "/docker/" + kId;
  const std::string docker_scope = "/system.slice/docker-" + kId + ".scope";
  expect_identities(
      "docker", kContainer,
      {{docker_id + "/docker/" + kOther, kOther},
       {docker_id + "/docker/" + kOther + "/x", kOther, kNested},
       {docker_id + "/system.slice/docker-" + kOther + ".scope", kOther},
       {docker_scope + "/docker/" + kOther, kOther},
       {docker_scope + "/docker/buildkit/" + kOther.substr(0, 25), kId, kNested},
       {"/lxc.payload.first/docker/" + kId, kId},
       {"/lxc/101/ns/system.slice/docker-" + kId + ".scope", kId},
       {"/machine.slice/systemd-nspawn@jammy.service/payload/system.slice/docker-" + kId + ".scope", kId}});
  const std::string node_pod = "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/" +
                               ("kubelet-kubepods-besteffort-pod" + kPodInSlice) + ".slice";
  expect_identities(
      "containerd", kContainer,
      {{docker_scope + node_pod + "/cri-containerd-" + kOther + ".scope", kOther, false, kPod},
       {docker_scope + node_pod + "/cri-containerd-" + kOther + ".scope/x", kOther, kNested, kPod},
       {docker_id + "/kubelet/kubepods/burstable/pod" + kPod + "/" + kOther, kOther, false, kPod},
       {"/machine.slice/libpod-" + kId + ".scope/container" + node_pod + "/cri-containerd-" + kOther +
            ".scope",
        kOther, false, kPod}});
}

TEST(OciPaths, Podman) {
  const std::string users_pod = kUser + "/user.slice/user-libpod_pod_" + kOther + ".slice";
  expect_identities("podman", kContainer,
                    {{"/machine.slice/libpod-" + kId + ".scope", kId},
                     {"/machine.slice/libpod-" + kId + ".scope/container", kId, kNested},
                     {"/machine.slice/libpod-" + kId + ".scope/container/init.scope", kId, kNested},
                     {kUser + "/user.slice/libpod-" + kId + ".scope", kId},
                     {kUser + "/user.slice/libpod-" + kId + ".scope/container", kId, kNested},
                     {users_pod + "/libpod-" + kId + ".scope", kId, false, kOther},
                     {users_pod + "/libpod-" + kId + ".scope/container", kId, kNested, kOther},
                     {"/machine.slice/machine-libpod_pod_" + kOther + ".slice/libpod-" + kId + ".scope", kId,
                      false, kOther},
                     {"/system.slice/kepler.service/libpod-payload-" + kId, kId},
                     {"/system.slice/kepler.service/libpod-payload-" + kId + "/container", kId, kNested},
                     {kUser + "/app.slice/web.service/libpod-payload-" + kId, kId},
                     {"/libpod_parent/libpod-" + kId, kId},
                     {"/libpod_parent/libpod-" + kId + "/ctr", kId, kNested},
                     {"/libpod_parent/" + kOther + "/libpod-" + kId, kId, false, kOther},
                     {"/mine/libpod-" + kId, kId},
                     {"/machine.slice:libpod:" + kId, kId}});
}

TEST(OciPaths, Containerd) {
  const std::string pod_slice =
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kStaticPod;
  expect_identities(
      "containerd", kContainer,
      {{pod_slice + ".slice/cri-containerd-" + kId + ".scope", kId, false, kStaticPod},
       {pod_slice + ".slice/cri-containerd-" + kId, kId, false, kStaticPod},
       {pod_slice + ".slice/cri-containerd-" + kId + ".scope/nested", kId, kNested, kStaticPod},
       {"/system.slice/cri-containerd-" + kId + ".scope", kId},
       {"/kubepods-burstable-pod" + kPodInSlice + ".slice:cri-containerd:" + kId, kId, false, kPod},
       {"/system.slice/containerd.service/kubepods-pod" + kPodInSlice + ".slice:cri-containerd:" + kId, kId,
        false, kPod},
       {"/kubepods/burstable/pod" + kPod + "/" + kId, kId, false, kPod},
       {"/kubepods/besteffort/pod" + kPod + "/" + kId + "/kube-proxy", kId, kNested, kPod},
       {"/kubepods/pod" + kPod + "/" + kId, kId, false, kPod},
       {"/system.slice/nerdctl-" + kId + ".scope", kId},
       {kUser + "/user.slice/nerdctl-" + kId + ".scope", kId},
       {"/default/redis", "redis"},
       {"/default/redis-7.2_a", "redis-7.2_a"},
       {"/default/" + kId, kId},
       {"/default/redis/worker", "redis", kNested},
       {"/k8s.io/" + kId, kId}});
}

TEST(OciPaths, CriO) {
  const std::string pod_slice =
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kPodInSlice;
  expect_identities(
      "cri-o", kContainer,
      {{pod_slice + ".slice/crio-" + kId + ".scope", kId, false, kPod},
       {pod_slice + ".slice/crio-" + kId + ".scope/container", kId, kNested, kPod},
       {"/kubepods.slice/kubepods-pod" + kPodInSlice + ".slice/crio-" + kId + ".scope", kId, false, kPod},
       {"/kubepods/pod" + kPod + "/crio-" + kId, kId, false, kPod},
       {"/kubepods/burstable/pod" + kPod + "/crio-" + kId + "/x", kId, kNested, kPod},
       {"/kubepods-pod" + kPodInSlice + ".slice:crio:" + kId, kId, false, kPod},
       {"/system.slice/crio-" + kId + ".scope", kId}});
}

TEST(OciPaths, Nobody) {
  const std::string too_short = kId.substr(1);
  expect_nobody({"/docker",
                 "/docker/",
                 "/docker/" + too_short,
                 "/docker/" + kId + "0",
                 "/docker/25fzyxw5b" + kId.substr(9),
                 "/docker/" + kId.substr(0, 63) + "A",
                 "/" + too_short,
                 "/system.slice:docker:" + too_short,
                 "/docker:" + kId,
                 "/:docker",
                 ":docker:",
                 "::" + kId,
                 "/docker/buildkit/w3qx0yo8hm2yqbqv7c5b5yk1c",
                 "/machine/docker-" + kId,
                 "/moby-" + kId,
                 "/libpod_parent/libpod-" + too_short,
                 "/kubepods/" + kId,
                 "/kubepods/burstable/" + kId,
                 "/default/-",
                 "/default/a b",
                 "/default/" + std::string(77, 'a'),
                 "/other/default/redis"});
}

// Their scopes and services are systemd's units, of which nothing more is known.
TEST(OciPaths, WhatOnlyLooksLikeAContainerIsAUnit) {
  expect_identities(
      "systemd", IdentityKind::kUnit,
      {{"/system.slice/docker-" + kId.substr(1) + ".scope", "docker-" + kId.substr(1) + ".scope"},
       {"/system.slice/docker-.scope", "docker-.scope"},
       {"/system.slice/docker-" + kId, "system.slice", kNested},
       {"/system.slice/docker.service", "docker.service"},
       {"/system.slice/" + kId + ".service", kId + ".service"},
       {"/system.slice/" + kId + "-4f2a.service", kId + "-4f2a.service"},
       {"/system.slice/unknown-" + kId + ".scope", "unknown-" + kId + ".scope"}});
}

}  // namespace
}  // namespace squid
