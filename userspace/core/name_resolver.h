// NameResolver: knows one container runtime. match() tells from a cgroup path alone whose it is; describe()
// looks up name, image and labels where the runtime left them on disk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/container.h"
#include "core/registry.h"
#include "core/result.h"

namespace squid {

struct ContainerMatch {
  std::string id;
  bool nested =
      false;  // the path lies inside the container: its numbers are already in the container's own cgroup
};

class NameResolver {
 public:
  NameResolver() = default;
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;
  virtual ~NameResolver() = default;

  virtual std::string_view runtime() const = 0;
  // Pure. Nothing where the path belongs to no container of this runtime.
  virtual std::optional<ContainerMatch> match(std::string_view cgroup_path) const = 0;
  // Reads files; called once per birth, and again with growing pauses while it fails. Fills name, image and
  // labels.
  virtual Result<Container> describe(const std::string& id) = 0;
};

struct ResolverKind {
  std::string name;
  std::string help;
  // `host_root`: where the host's file system is for us ("/" outside of a container).
  std::unique_ptr<NameResolver> (*make)(const std::string& host_root);
};

using ResolverRegistry = Registry<ResolverKind>;

}  // namespace squid
