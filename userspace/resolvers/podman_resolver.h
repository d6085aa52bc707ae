// PodmanResolver: names podman's containers, those of root and of any other user, from the lists that podman
// keeps on disk; where those lie is told by the user's home or by the container's conmon. Labels are in
// podman's database only.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/name_resolver.h"
#include "resolvers/conmon.h"
#include "resolvers/podman_storage.h"
#include "resolvers/rare.h"

namespace squid {

class PodmanResolver : public NameResolver {
 public:
  explicit PodmanResolver(std::string host_root, Rare::Clock clock = {});

  std::string_view runtime() const override { return "podman"; }
  std::optional<ContainerMatch> match(std::string_view cgroup_path) const override;
  Result<Description> describe(const std::string& id, std::string_view cgroup_path) override;

 private:
  std::vector<StoragePlace> places_of(std::string_view user) const;
  void remember(const StoragePlace& place, std::string_view user);
  Result<Description> look_in(const StoragePlace& place, const std::string& id, std::string_view pod);
  std::string find_pod_name(const StoragePlace& place, std::string_view pod);
  const Conmon* find_conmon(const std::string& id, std::string_view cgroup_path);

  std::string host_root_;
  Rare search_;
  StorageLists lists_;
  std::vector<Conmon> conmons_;
  // By user: graph roots that a conmon has led to, so that the next container needs none.
  std::map<std::string, std::vector<std::string>, std::less<>> graph_roots_;
};

}  // namespace squid
