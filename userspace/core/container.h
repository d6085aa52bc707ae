// Container: who a cgroup is, in a person's words.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace squid {

// The runtime of what is no container: services, slices, whatever somebody made a cgroup for.
inline constexpr std::string_view kPlainCgroup = "cgroup";

// What a group of containers is. A pod and a slice have a cgroup of their own, which tells their numbers;
// those of a compose project are added up.
enum class GroupKind : std::uint8_t { kNone, kPod, kSlice, kCompose };

// In options, names and reports.
constexpr std::string_view group_kind_name(GroupKind kind) {
  switch (kind) {
    case GroupKind::kNone:
      return "";
    case GroupKind::kPod:
      return "pod";
    case GroupKind::kSlice:
      return "slice";
    case GroupKind::kCompose:
      return "compose";
  }
  return "";
}

struct Container {
  std::string id;       // the runtime's own id; for a plain cgroup its path
  std::string name;     // what people call it; the short id until the name is known
  std::string runtime;  // "docker", ..., or kPlainCgroup
  std::string image;
  std::string pod;  // its name; its id until that is known
  std::string kubernetes_namespace;
  std::map<std::string, std::string> labels;
  std::string cgroup_path;  // below the root of its hierarchy, with a leading slash
  bool named = false;       // false: `name` is only a stand-in
  bool selected = true;     // false: no report tells of it
  // By the rewriting rules: what stands in hierarchical names, with dots between its components, and what it
  // is counted under. Empty: no rule says so.
  std::string series_name = {};
  std::string category = {};
  std::int64_t started_s = 0;  // Unix time, as the runtime tells it; 0: it does not
  // Otherwise this is no container, but such a group of them.
  GroupKind group = GroupKind::kNone;
  // The group that its numbers are added to; null for most.
  std::shared_ptr<const Container> project = {};

  bool is_group() const { return group != GroupKind::kNone; }
};

// What docker shows, long enough to be unique on a host.
inline constexpr std::size_t kShortIdLength = 12;
inline std::string short_id(std::string_view id) {
  return std::string(id.substr(0, kShortIdLength));
}

}  // namespace squid
