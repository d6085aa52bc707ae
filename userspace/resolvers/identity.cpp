#include "resolvers/identity.h"

#include <optional>

#include "resolvers/cgroup_path.h"
#include "resolvers/path_rules.h"

namespace squid {
namespace {

using Rule = std::optional<Identity> (*)(std::string_view path);

// Those that know a runtime's mark come before the ones that take any name below a folder, and before the
// bare id.
constexpr Rule kRules[] = {match_marked_id, match_pod,      match_machine, match_lxc,
                           match_job,       match_ecs_task, match_ctr,     match_bare_id};

std::string_view without_way_up(std::string_view path) {
  while (true) {
    if (path.starts_with('/'))
      path.remove_prefix(1);
    else if (path == ".." || path.starts_with("../"))
      path.remove_prefix(2);
    else
      break;
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::optional<Identity> match_any(std::string_view path) {
  for (const Rule rule : kRules) {
    auto identity = rule(path);
    if (!identity) continue;
    if (identity->pod.empty())
      if (auto pod = match_pod(parent_of(path))) identity->pod = std::move(pod->pod);
    return identity;
  }
  return std::nullopt;
}

Identity identify_unit(std::string_view whole) {
  for (std::string_view path = whole; !path.empty(); path = parent_of(path)) {
    // The manager itself, of the host or of a user.
    if (last_element(path) == "init.scope") return {};
    if (auto unit = match_unit(path)) {
      unit->nested = path.size() != whole.size();
      return *std::move(unit);
    }
  }
  return {};
}

}  // namespace

std::string_view kind_name(IdentityKind kind) {
  switch (kind) {
    case IdentityKind::kNone:
      return "none";
    case IdentityKind::kContainer:
      return "container";
    case IdentityKind::kPod:
      return "pod";
    case IdentityKind::kMachine:
      return "machine";
    case IdentityKind::kUnit:
      return "unit";
  }
  return "";
}

Identity identify_path(std::string_view cgroup_path) {
  const std::string_view whole = without_way_up(cgroup_path);
  bool in_helper = false;
  for (std::string_view path = whole; !path.empty(); path = parent_of(path)) {
    if (is_helper(path)) {
      in_helper = true;
      continue;
    }
    auto identity = match_any(path);
    if (!identity) continue;
    // What serves a pod or a machine is not part of it. But it is part of a container around all of them.
    if (in_helper && identity->kind != IdentityKind::kContainer) continue;
    identity->nested = path.size() != whole.size();
    return *std::move(identity);
  }
  return in_helper ? Identity{} : identify_unit(whole);
}

}  // namespace squid
