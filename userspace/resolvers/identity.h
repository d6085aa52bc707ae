// identify_path(): whose cgroup it is, from its path alone. Pure: no file is read, so it can tell no name.
//
// The innermost container, pod or machine counts, however deep below it the cgroup lies; only where there is
// none of them, the systemd unit. What merely serves containers (conmon, mount units, a supervisor) is
// nobody.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace squid {

enum class IdentityKind : std::uint8_t { kNone, kContainer, kPod, kMachine, kUnit };

// "container", "pod", "machine", "unit", "none"
std::string_view kind_name(IdentityKind kind);

struct Identity {
  std::string_view runtime;  // "docker", "podman", ...; empty for nobody
  IdentityKind kind = IdentityKind::kNone;
  std::string id;       // as the runtime knows it: 64 hex digits, or a name where names are its ids
  std::string pod;      // of a pod and of what is in it: Kubernetes' uid, podman's id, the task of ECS
  bool nested = false;  // the path lies below the cgroup that this identity names

  friend bool operator==(const Identity&, const Identity&) = default;
};

// With or without a leading slash. Leading "/.." are passed over: so /proc/PID/cgroup shows what lies outside
// of the reader's cgroup namespace.
Identity identify_path(std::string_view cgroup_path);

}  // namespace squid
