// What each family of runtimes calls its cgroups; identity.cpp puts the rules in order. Each looks at the
// last element of a path, and at those before it only to know where that stands. Paths have no leading slash
// here.
#pragma once

#include <optional>
#include <string_view>

#include "resolvers/identity.h"

namespace squid {

inline Identity container_of(std::string_view runtime, std::string_view id) {
  return {.runtime = runtime, .kind = IdentityKind::kContainer, .id = std::string(id)};
}

// Processes that serve containers, pods or machines from outside, and units in which nothing runs.
bool is_helper(std::string_view path);

// oci_paths.cpp: an id of 64 digits in a name that only one runtime gives, and the same id without any mark.
std::optional<Identity> match_marked_id(std::string_view path);
std::optional<Identity> match_bare_id(std::string_view path);
// Containers of containerd's own client, whose ids are any text.
std::optional<Identity> match_ctr(std::string_view path);

// pod_paths.cpp: pods of Kubernetes and podman, tasks of ECS.
std::optional<Identity> match_pod(std::string_view path);
// Containers of the ECS agent that carry no other runtime's id.
std::optional<Identity> match_ecs_task(std::string_view path);

// machine_paths.cpp: systemd-nspawn, libvirt, virtual machines of Proxmox.
std::optional<Identity> match_machine(std::string_view path);

// lxc_paths.cpp: LXC, LXD, Incus, containers of Proxmox.
std::optional<Identity> match_lxc(std::string_view path);

// job_paths.cpp: Nomad, Slurm, Garden, Mesos.
std::optional<Identity> match_job(std::string_view path);

// unit_paths.cpp: services, scopes, slices and sockets of systemd.
std::optional<Identity> match_unit(std::string_view path);

}  // namespace squid
