// Pods of Kubernetes and podman, tasks of ECS, and who is in them.
#include "support/identity_case.h"

namespace squid {
namespace {

TEST(PodPaths, Kubernetes) {
  const std::string kubepods = "/kubepods.slice/kubepods-";
  expect_identities(
      "kubernetes", IdentityKind::kPod,
      {{"/kubepods/burstable/pod" + kPod, kPod, false, kPod},
       {"/kubepods/besteffort/pod" + kPod, kPod, false, kPod},
       {"/kubepods/pod" + kPod, kPod, false, kPod},
       {"/kubepods/pod" + kStaticPod, kStaticPod, false, kStaticPod},
       {"/kubepods/pod6a4ce4a0", "6a4ce4a0", false, "6a4ce4a0"},
       {"/kubelet/kubepods/burstable/pod" + kPod, kPod, false, kPod},
       {"/../pod" + kPod, kPod, false, kPod},
       {"/kubepods/burstable/pod" + kPod + "/" + kId.substr(1), kPod, kNested, kPod},
       {kubepods + "pod" + kPodInSlice + ".slice", kPod, false, kPod},
       {kubepods + "burstable.slice/kubepods-burstable-pod" + kPodInSlice + ".slice", kPod, false, kPod},
       {kubepods + "besteffort.slice/kubepods-besteffort-pod" + kPodInSlice + ".slice", kPod, false, kPod},
       {kubepods + "burstable.slice/kubepods-burstable-pod" + kStaticPod + ".slice", kStaticPod, false,
        kStaticPod},
       {"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + kPodInSlice + ".slice", kPod, false,
        kPod},
       {kubepods + "pod" + kPodInSlice + ".slice/sandbox", kPod, kNested, kPod}});
}

TEST(PodPaths, ContainersOfDockerInAPod) {
  const std::string level = "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod";
  expect_identities("docker", IdentityKind::kContainer,
                    {{level + kPodInSlice + ".slice/docker-" + kId + ".scope", kId, false, kPod},
                     {level + kStaticPod + ".slice/docker-" + kId + ".scope", kId, false, kStaticPod},
                     {"/kubepods-besteffort-pod" + kPodInSlice + ".slice:docker:" + kId, kId, false, kPod}});
}

TEST(PodPaths, Podman) {
  expect_identities("podman", IdentityKind::kPod,
                    {{"/machine.slice/machine-libpod_pod_" + kId + ".slice", kId, false, kId},
                     {kUser + "/user.slice/user-libpod_pod_" + kId + ".slice", kId, false, kId},
                     {"/libpod_parent/" + kId, kId, false, kId},
                     {"/machine.slice/machine-libpod_pod_" + kId + ".slice/libpod-x", kId, kNested, kId}});
}

TEST(PodPaths, TasksOfEcs) {
  const std::string task = "5a0d5ceddf6c44c1928d367a815d890f";
  const std::string old_task = "55091c13-b8cf-4801-b527-f4601742204d";
  expect_identities("ecs", IdentityKind::kPod,
                    {{"/ecs/" + task, task, false, task},
                     {"/ecs/cluster/" + task, task, false, task},
                     {"/ecstasks.slice/ecstasks-" + task + ".slice", task, false, task}});
  expect_identities(
      "docker", IdentityKind::kContainer,
      {{"/ecs/cluster/" + task + "/" + kId, kId, false, task},
       {"/ecs/" + old_task + "/" + kId, kId, false, old_task},
       {"/ecs/" + old_task + "/" + kId + "/x", kId, kNested, old_task},
       {"/ecstasks.slice/ecstasks-" + task + ".slice/docker-" + kId + ".scope", kId, false, task}});
  expect_identities(
      "ecs", IdentityKind::kContainer,
      {{"/ecs/" + task + "/" + task + "-2358120163", task + "-2358120163", false, task},
       {"/ecs/cluster/" + task + "/" + task + "-2358120163", task + "-2358120163", false, task}});
}

TEST(PodPaths, Nobody) {
  expect_nobody({"/kubepods", "/kubepods/burstable", "/kubepods/pod", "/podruntime/kubelet", "/podinfo",
                 "/pod" + kId, "/ecs", "/ecs/cluster", "/ecs/cluster/" + kId.substr(0, 31), "/libpod_parent",
                 "/libpod_parent/" + kId.substr(1)});
}

TEST(PodPaths, TheLevelsAboveThePodsAreUnits) {
  expect_identities(
      "systemd", IdentityKind::kUnit,
      {{"/kubepods.slice", "kubepods.slice"},
       {"/kubepods.slice/kubepods-burstable.slice", "kubepods-burstable.slice"},
       {"/kubepods.slice/kubepods-pod.slice", "kubepods-pod.slice"},
       {"/other.slice/other-pod" + kPodInSlice + ".slice", "other-pod" + kPodInSlice + ".slice"},
       {"/ecstasks.slice", "ecstasks.slice"},
       {"/machine.slice/machine-libpod_pod_" + kId.substr(1) + ".slice",
        "machine-libpod_pod_" + kId.substr(1) + ".slice"}});
}

}  // namespace
}  // namespace squid
