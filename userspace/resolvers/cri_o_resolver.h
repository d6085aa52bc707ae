// CriOResolver: names CRI-O's containers from the bundle that it keeps of each. The bundle is there before
// the container's cgroup is.
#pragma once

#include <string>
#include <string_view>

#include "core/name_resolver.h"

namespace squid {

class CriOResolver : public NameResolver {
 public:
  explicit CriOResolver(std::string host_root) : host_root_(std::move(host_root)) {}

  std::string_view runtime() const override { return "cri-o"; }
  std::optional<ContainerMatch> match(std::string_view cgroup_path) const override;
  Result<Description> describe(const std::string& id, std::string_view cgroup_path) override;

 private:
  std::string host_root_;
};

}  // namespace squid
