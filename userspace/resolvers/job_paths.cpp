// What schedulers of a cluster start: tasks of Nomad, jobs of Slurm, containers of Garden and Mesos.
#include "resolvers/cgroup_path.h"
#include "resolvers/path_rules.h"

namespace squid {
namespace {

constexpr std::size_t kUuidLength = 36;

// "nomad.slice/share.slice/<allocation>.<task>.scope"; on cgroup v1 "nomad/<allocation>.<task>"
std::optional<Identity> match_nomad(std::string_view path) {
  std::string_view name = last_element(path);
  if (const auto stem = between(name, "", ".scope")) name = *stem;
  if (name.size() < kUuidLength + 2 || name[kUuidLength] != '.' || !is_uuid(name.substr(0, kUuidLength)))
    return std::nullopt;
  const std::string_view parent = parent_of(path);
  for (const std::string_view above : {last_element(parent), last_element(parent_of(parent))})
    if (above == "nomad.slice" || above == "nomad") return container_of("nomad", name);
  return std::nullopt;
}

// "system.slice/node1_slurmstepd.scope/job_123"; on cgroup v1 "slurm/uid_1001/job_123"
std::optional<Identity> match_slurm(std::string_view path) {
  const auto number = between(last_element(path), "job_", "");
  if (!number || !is_number(*number)) return std::nullopt;
  const std::string_view parent = parent_of(path);
  const bool v2 = last_element(parent).ends_with("slurmstepd.scope");
  const bool v1 =
      last_element(parent).starts_with("uid_") && last_element(parent_of(parent)).starts_with("slurm");
  return v1 || v2 ? std::optional(container_of("slurm", *number)) : std::nullopt;
}

// Garden's are random digits in the form of a uuid, whose last group may be as short as the others.
bool is_garden_id(std::string_view text) {
  constexpr std::size_t kShortLength = 28;
  return is_uuid(text) || (text.size() == kShortLength && is_uuid(std::string(text) + "00000000"));
}

// "garden/<id>", "garden/good/<id>"
std::optional<Identity> match_garden(std::string_view path) {
  std::string_view folder = parent_of(path);
  if (last_element(folder) == "good" || last_element(folder) == "bad") folder = parent_of(folder);
  if (last_element(folder) != "garden" || !is_garden_id(last_element(path))) return std::nullopt;
  return container_of("garden", last_element(path));
}

// "mesos/<uuid>"; a container that it starts inside of another one: "mesos/<uuid>/mesos/<uuid>"
std::optional<Identity> match_mesos(std::string_view path) {
  if (last_element(parent_of(path)) != "mesos" || !is_uuid(last_element(path))) return std::nullopt;
  return container_of("mesos", last_element(path));
}

}  // namespace

std::optional<Identity> match_job(std::string_view path) {
  if (auto found = match_nomad(path)) return found;
  if (auto found = match_slurm(path)) return found;
  if (auto found = match_garden(path)) return found;
  return match_mesos(path);
}

}  // namespace squid
