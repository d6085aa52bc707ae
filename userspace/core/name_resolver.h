// NameResolver: knows one container runtime. match() tells from a cgroup's path whose it is; describe() looks
// up name, image and labels where the runtime left them on disk.
#pragma once

#include <cstdint>
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
  std::string pod;  // as the path tells it: an id
  bool nested =
      false;  // the path lies inside the container: its numbers are already in the container's own cgroup
};

// The file that a name was read from, as it was then. In another state it may tell another name.
struct NameFile {
  struct Stamp {
    std::uint64_t inode = 0;
    std::uint64_t bytes = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  std::string root;  // the file system that `path` is meant in, as we reach it
  std::string path;
  Stamp stamp;
};

struct Description {
  Container container;  // name, image, labels, pod and namespace, as far as the runtime tells them
  // It only holds a pod's namespaces, and is no container of its own.
  bool serves_pod = false;
  std::optional<NameFile> file = {};  // where a rename would show
};

class NameResolver {
 public:
  NameResolver() = default;
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;
  virtual ~NameResolver() = default;

  virtual std::string_view runtime() const = 0;
  // Nothing where the path belongs to no container of this runtime. Called for every cgroup of the host, so
  // it reads nothing; a runtime whose paths have no mark may look whether it keeps a folder of that name.
  virtual std::optional<ContainerMatch> match(std::string_view cgroup_path) const = 0;
  // Reads files; called once per birth, and again with growing pauses while it fails. Without a name where
  // the runtime is known to give none.
  virtual Result<Description> describe(const std::string& id, std::string_view cgroup_path) = 0;
  // Whether match() would tell more now than when it was asked, once: then it is asked again about all
  // cgroups that nobody knew. Called in each pass, so it may read something only where match() had no time
  // to.
  virtual bool has_found_more() { return false; }
};

struct ResolverKind {
  std::string name;
  std::string help;
  // `host_root`: where the host's file system is for us ("/" outside of a container).
  std::unique_ptr<NameResolver> (*make)(const std::string& host_root);
};

using ResolverRegistry = Registry<ResolverKind>;

}  // namespace squid
