// ContainerdResolver: names containerd's containers, those of Kubernetes, nerdctl and ctr, from the bundle
// that it keeps of each running one. The bundle is there before the container's cgroup is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/name_resolver.h"
#include "resolvers/containerd_tasks.h"
#include "resolvers/rare.h"

namespace squid {

class ContainerdResolver : public NameResolver {
 public:
  explicit ContainerdResolver(std::string host_root, Rare::Clock clock = {});

  std::string_view runtime() const override { return "containerd"; }
  // A cgroup /<namespace>/<id> has no mark, so whether it is a container is seen from its bundle. Where its
  // id has 64 digits it would be taken for docker's otherwise, which would look for its daemons in vain.
  std::optional<ContainerMatch> match(std::string_view cgroup_path) const override;
  Result<Description> describe(const std::string& id, std::string_view cgroup_path) override;
  bool has_found_more() override;

 private:
  std::optional<Result<Description>> look_up(const std::string& id, std::string_view cgroup_path) const;

  void search() const;
  bool has_bundle(std::string_view space, std::string_view id) const;

  std::string host_root_;
  // More of them may be found while it is asked.
  mutable std::vector<TaskRoot> roots_;
  mutable Rare search_;
  // For a cgroup that most likely is no container: on a host with many of those it must cost nothing.
  mutable Rare search_for_strangers_;
  // Somebody came when that search was not due. What is found later may make a container of it.
  mutable bool turned_away_ = false;
  mutable bool found_more_ = false;
};

}  // namespace squid
