#include "pipeline/host_root.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace squid {
namespace {

// PROC_PID_INIT_INO of the kernel: the namespace that every process of the host is in.
constexpr ino_t kHostPidNamespace = 0xEFFFFFFC;

bool sees_host_processes() {
  struct stat status {};
  return stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == kHostPidNamespace;
}

// Init's; or that of the kernel's own threads, where init does not let itself be looked at. Null, with errno.
const char* find_first_root(struct stat& status) {
  if (stat("/proc/1/root/", &status) == 0) return "/proc/1/root";
  const int code = errno;
  if (sees_host_processes() && stat("/proc/2/root/", &status) == 0) return "/proc/2/root";
  errno = code;
  return nullptr;
}

}  // namespace

std::string find_host_root(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  struct stat ours {};
  struct stat first {};
  const char* root = find_first_root(first);
  const bool known = root != nullptr && stat("/", &ours) == 0;
  const bool same = known && ours.st_dev == first.st_dev && ours.st_ino == first.st_ino;
  return known && !same ? root : "/";
}

std::optional<std::string> explain_missing_names(const std::string& chosen) {
  struct stat status {};
  if (!chosen.empty()) {
    if (stat(chosen.c_str(), &status) == 0) return std::nullopt;
    return fmt::format("--host-root {}: {}; containers are shown by their ids", chosen, std::strerror(errno));
  }
  if (!sees_host_processes())
    return "the host's processes are out of sight, so containers may be shown by their ids; start the "
           "container that squid-bpf is in with --pid=host";
  if (find_first_root(status) != nullptr) return std::nullopt;
  return fmt::format(
      "cannot look into /proc/1/root ({}), so containers may be shown by their ids; run squid-bpf as root, "
      "in "
      "a container with --cap-add SYS_PTRACE",
      std::strerror(errno));
}

std::vector<std::unique_ptr<NameResolver>> make_resolvers(const std::string& host_root) {
  std::vector<std::unique_ptr<NameResolver>> resolvers;
  for (const ResolverKind* kind : ResolverRegistry::all()) resolvers.push_back(kind->make(host_root));
  return resolvers;
}

}  // namespace squid
