#include "resolvers/docker_resolver.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "resolvers/container_match.h"
#include "resolvers/docker_config.h"
#include "resolvers/host_file.h"

namespace squid {
namespace {

// Looking for daemons goes through all processes, so a host full of unknown ids must not do it over and over.
constexpr std::uint64_t kDiscoveryPauseNs = 1'000'000'000;

std::uint64_t steady_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

const ResolverRegistry::Entry kDocker{
    ResolverKind{.name = "docker",
                 .help = "docker containers, from <data-root>/containers/<id>/config.v2.json",
                 .make = [](const std::string& host_root) -> std::unique_ptr<NameResolver> {
                   return std::make_unique<DockerResolver>(host_root);
                 }}};

}  // namespace

DockerResolver::DockerResolver(std::string host_root, Clock clock)
    : host_root_(std::move(host_root)), clock_(clock ? std::move(clock) : Clock(steady_ns)) {}

std::optional<ContainerMatch> DockerResolver::match(std::string_view cgroup_path) const {
  return match_container(cgroup_path, runtime());
}

Result<Container> DockerResolver::describe(const std::string& id) {
  Result<Container> found = look_up(id);
  if (found) return found;
  // Another daemon may have been started, or the one we know restarted under another process id.
  const std::uint64_t now_ns = clock_();
  if (!roots_.empty() && now_ns < next_discovery_ns_) return found;
  next_discovery_ns_ = now_ns + kDiscoveryPauseNs;
  roots_ = find_docker_data_roots(host_root_);
  return look_up(id);
}

Result<Container> DockerResolver::look_up(const std::string& id) const {
  std::string places;
  for (const DataRoot& root : roots_) {
    const std::string file = fmt::format("{}/containers/{}/config.v2.json", root.path, id);
    const auto text = read_host_file(root.file_system, file);
    if (text) {
      auto container = parse_docker_config(*text);
      if (!container) return Error{fmt::format("{} {}", file, container.error().message)};
      return container;
    }
    if (text.error().code != ENOENT && text.error().code != ENOTDIR) return text.error();
    places += (places.empty() ? "" : ", ") + root.path;
  }
  return Error{fmt::format("docker keeps no container {} below {}", short_id(id), places), ENOENT};
}

}  // namespace squid
