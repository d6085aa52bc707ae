// DockerResolver: names docker's containers from the config.v2.json that the daemon keeps of each, without
// asking the daemon. The file is there before the container's cgroup is.
#pragma once

#include <string>
#include <vector>

#include "core/name_resolver.h"
#include "resolvers/docker_data_roots.h"
#include "resolvers/rare.h"

namespace squid {

class DockerResolver : public NameResolver {
 public:
  explicit DockerResolver(std::string host_root, Rare::Clock clock = {});

  std::string_view runtime() const override { return "docker"; }
  std::optional<ContainerMatch> match(std::string_view cgroup_path) const override;
  Result<Description> describe(const std::string& id, std::string_view cgroup_path) override;

 private:
  Result<Description> look_up(const std::string& id, std::string_view cgroup_path) const;

  std::string host_root_;
  Rare discovery_;
  std::vector<DataRoot> roots_;
};

}  // namespace squid
