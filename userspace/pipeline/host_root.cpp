#include "pipeline/host_root.h"

#include <sys/stat.h>

namespace squid {

std::string find_host_root(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  struct stat ours {};
  struct stat first {};
  const bool readable = stat("/", &ours) == 0 && stat("/proc/1/root/", &first) == 0;
  const bool same = readable && ours.st_dev == first.st_dev && ours.st_ino == first.st_ino;
  return readable && !same ? "/proc/1/root" : "/";
}

std::vector<std::unique_ptr<NameResolver>> make_resolvers(const std::string& host_root) {
  std::vector<std::unique_ptr<NameResolver>> resolvers;
  for (const ResolverKind* kind : ResolverRegistry::all()) resolvers.push_back(kind->make(host_root));
  return resolvers;
}

}  // namespace squid
