// PathResolver: containers and machines of a runtime of which nothing is known but what the path tells. An id
// that is a name is its name; one of 64 digits gives none, and the container goes by its first digits.
#pragma once

#include <string>
#include <string_view>

#include "core/name_resolver.h"

namespace squid {

class PathResolver : public NameResolver {
 public:
  // `runtime` as in Identity; it must outlive the resolver.
  explicit PathResolver(std::string_view runtime) : runtime_(runtime) {}

  std::string_view runtime() const override { return runtime_; }
  std::optional<ContainerMatch> match(std::string_view cgroup_path) const override;
  Result<Description> describe(const std::string& id, std::string_view cgroup_path) override;

 private:
  std::string_view runtime_;
};

}  // namespace squid
