// Groups of containers: pods of Kubernetes with either cgroup driver, pods of podman, tasks of Amazon's ECS.
#include <algorithm>

#include "resolvers/cgroup_path.h"
#include "resolvers/path_rules.h"

namespace squid {
namespace {

Identity pod(std::string_view runtime, std::string_view uid) {
  return {.runtime = runtime, .kind = IdentityKind::kPod, .id = std::string(uid), .pod = std::string(uid)};
}

bool ends_with_word(std::string_view text, std::string_view word) {
  if (!text.ends_with(word)) return false;
  text.remove_suffix(word.size());
  return text.empty() || text.ends_with('-');
}

// "kubepods-burstable-pod8712f785_1a3e_41ec_a00b_e2dcc77431cb.slice". A kubelet with --cgroup-root has that
// before it. In a slice's name a dash means a parent, so the kubelet writes the uid's dashes as underscores.
std::optional<Identity> match_pod_slice(std::string_view name) {
  const auto stem = between(name, "", ".slice");
  if (!stem) return std::nullopt;
  const auto dash = stem->rfind("-pod");
  if (dash == std::string_view::npos) return std::nullopt;
  std::string uid(stem->substr(dash + 4));
  if (uid.empty()) return std::nullopt;
  const std::string_view parent = stem->substr(0, dash);
  for (const std::string_view level : {"kubepods", "kubepods-burstable", "kubepods-besteffort"}) {
    if (!ends_with_word(parent, level)) continue;
    std::replace(uid.begin(), uid.end(), '_', '-');
    return pod("kubernetes", uid);
  }
  return std::nullopt;
}

// "kubepods/burstable/pod<uid>", "kubepods/pod<uid>". A static pod's uid is a hash without dashes, or any
// text that its author chose.
std::optional<Identity> match_pod_folder(std::string_view path) {
  const auto uid = between(last_element(path), "pod", "");
  if (!uid) return std::nullopt;
  std::string_view above = parent_of(path);
  const std::string_view level = last_element(above);
  if (level == "burstable" || level == "besteffort") above = parent_of(above);
  // Seen from another pod's cgroup namespace, nothing above the pod is left.
  if (last_element(above) != "kubepods" && !is_uuid(*uid) && !is_hex(*uid, 32)) return std::nullopt;
  return pod("kubernetes", *uid);
}

// "machine-libpod_pod_<id>.slice", "libpod_parent/<id>"
std::optional<Identity> match_podman_pod(std::string_view path) {
  constexpr std::string_view kMark = "libpod_pod_";
  const std::string_view name = last_element(path);
  if (last_element(parent_of(path)) == "libpod_parent" && is_container_id(name)) return pod("podman", name);
  const auto mark = name.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  const auto id = between(name.substr(mark), kMark, ".slice");
  if (!id || !is_container_id(*id)) return std::nullopt;
  return pod("podman", *id);
}

bool is_task_id(std::string_view text) {
  return is_hex(text, 32) || is_uuid(text);
}

// "ecs/<task>", "ecs/<cluster>/<task>", "ecstasks.slice/ecstasks-<task>.slice"
std::optional<Identity> match_task(std::string_view path) {
  const std::string_view name = last_element(path);
  const auto in_slice = between(name, "ecstasks-", ".slice");
  if (in_slice && is_task_id(*in_slice)) return pod("ecs", *in_slice);
  const std::string_view above = parent_of(path);
  if ((above == "ecs" || parent_of(above) == "ecs") && is_task_id(name)) return pod("ecs", name);
  return std::nullopt;
}

}  // namespace

std::optional<Identity> match_pod(std::string_view path) {
  if (auto found = match_pod_slice(last_element(path))) return found;
  if (auto found = match_pod_folder(path)) return found;
  if (auto found = match_podman_pod(path)) return found;
  return match_task(path);
}

// Fargate from its version 1.4 on: "ecs/<task>/<task>-<number>".
std::optional<Identity> match_ecs_task(std::string_view path) {
  const auto task = match_task(parent_of(path));
  if (!task) return std::nullopt;
  const std::string_view name = last_element(path);
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || !is_task_id(name.substr(0, dash)) ||
      !is_number(name.substr(dash + 1)))
    return std::nullopt;
  return Identity{.runtime = "ecs", .kind = IdentityKind::kContainer, .id = std::string(name)};
}

}  // namespace squid
