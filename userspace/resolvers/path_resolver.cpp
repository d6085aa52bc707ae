#include "resolvers/path_resolver.h"

#include <cerrno>
#include <memory>

#include "resolvers/cgroup_path.h"
#include "resolvers/container_match.h"

namespace squid {
namespace {

struct Runtime {
  std::string_view name;
  std::string_view help;
};

constexpr Runtime kEcs{"ecs", "containers of Fargate, by the ids in their paths"};
constexpr Runtime kGarden{"garden", "Garden containers (Cloud Foundry), by the ids in their paths"};
constexpr Runtime kIncus{"incus", "Incus instances, by the names in their paths"};
constexpr Runtime kLxc{"lxc", "LXC and LXD containers, by the names in their paths"};
constexpr Runtime kMesos{"mesos", "Mesos containers, by the ids in their paths"};
constexpr Runtime kNomad{"nomad", "Nomad tasks, as allocation.task"};
constexpr Runtime kProxmox{"proxmox", "Proxmox containers and virtual machines, by their numbers"};
constexpr Runtime kSlurm{"slurm", "Slurm jobs, by their numbers"};

// A registered kind is made by a plain function, so each runtime needs one of its own.
template <const Runtime& kRuntime>
ResolverRegistry::Entry enter() {
  return ResolverRegistry::Entry(
      ResolverKind{.name = std::string(kRuntime.name),
                   .help = std::string(kRuntime.help),
                   .make = [](const std::string&) -> std::unique_ptr<NameResolver> {
                     return std::make_unique<PathResolver>(kRuntime.name);
                   }});
}

const ResolverRegistry::Entry kEntries[] = {
    enter<kEcs>(),   enter<kGarden>(), enter<kIncus>(),   enter<kLxc>(),
    enter<kMesos>(), enter<kNomad>(),  enter<kProxmox>(), enter<kSlurm>(),
};

}  // namespace

std::optional<ContainerMatch> PathResolver::match(std::string_view cgroup_path) const {
  return match_container(cgroup_path, runtime_);
}

Result<Description> PathResolver::describe(const std::string& id, std::string_view cgroup_path) {
  if (!match(cgroup_path)) return Error{"the path is none of " + std::string(runtime_), ENOENT};
  Description description;
  // Without a name the directory shows the short id, and does not ask again.
  if (!is_container_id(id)) description.container.name = id;
  return description;
}

}  // namespace squid
