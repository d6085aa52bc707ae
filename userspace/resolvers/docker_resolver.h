// DockerResolver: names docker's containers from the config.v2.json that the daemon keeps of each, without asking
// the daemon. The file is there before the container's cgroup is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/name_resolver.h"
#include "resolvers/docker_data_roots.h"

namespace squid {

class DockerResolver : public NameResolver {
 public:
  using Clock = std::function<std::uint64_t()>;  // nanoseconds, monotonic

  explicit DockerResolver(std::string host_root, Clock clock = {});

  std::string_view runtime() const override { return "docker"; }
  std::optional<ContainerMatch> match(std::string_view cgroup_path) const override;
  Result<Container> describe(const std::string& id) override;

 private:
  Result<Container> look_up(const std::string& id) const;

  std::string host_root_;
  Clock clock_;
  std::vector<DataRoot> roots_;
  std::uint64_t next_discovery_ns_ = 0;
};

}  // namespace squid
