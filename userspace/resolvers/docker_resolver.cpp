#include "resolvers/docker_resolver.h"

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "resolvers/container_match.h"
#include "resolvers/docker_config.h"
#include "resolvers/host_file.h"
#include "resolvers/may_name.h"

namespace squid {
namespace {

const ResolverRegistry::Entry kDocker{
    ResolverKind{.name = "docker",
                 .help = "docker containers, from <data-root>/containers/<id>/config.v2.json",
                 .make = [](const std::string& host_root) -> std::unique_ptr<NameResolver> {
                   return std::make_unique<DockerResolver>(host_root);
                 }}};

}  // namespace

DockerResolver::DockerResolver(std::string host_root, Rare::Clock clock)
    : host_root_(std::move(host_root)), discovery_(std::move(clock)) {}

std::optional<ContainerMatch> DockerResolver::match(std::string_view cgroup_path) const {
  return match_container(cgroup_path, runtime());
}

Result<Description> DockerResolver::describe(const std::string& id, std::string_view cgroup_path) {
  Result<Description> found = look_up(id, cgroup_path);
  if (found) return found;
  // Another daemon may have been started, or the one we know restarted under another process id.
  if (!discovery_.due()) return found;
  roots_ = find_docker_data_roots(host_root_);
  return look_up(id, cgroup_path);
}

// What is wrong in one place keeps nobody from being found in another.
Result<Description> DockerResolver::look_up(const std::string& id, std::string_view cgroup_path) const {
  std::string places;
  std::optional<Error> fault;
  for (const DataRoot& root : roots_) {
    if (!root.process.empty() && !may_name(root.process, cgroup_path)) continue;
    const std::string file = fmt::format("{}/containers/{}/config.v2.json", root.path, id);
    const auto stamp = stamp_host_file(root.file_system, file);
    const auto text = read_host_file(root.file_system, file);
    if (text) {
      auto description = parse_docker_config(*text);
      if (description && stamp) description->file = NameFile{root.file_system, file, *stamp};
      if (description) return description;
      fault = Error{fmt::format("{} {}", file, description.error().message)};
    } else if (text.error().code != ENOENT && text.error().code != ENOTDIR) {
      fault = text.error();
    }
    places += (places.empty() ? "" : ", ") + root.path;
  }
  if (fault) return *fault;
  if (places.empty()) return Error{"no dockerd may name containers at " + std::string(cgroup_path), ENOENT};
  return Error{fmt::format("docker keeps no container {} below {}", short_id(id), places), ENOENT};
}

}  // namespace squid
