#include "interfaces/host_netlink.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

namespace squid {
namespace {

int open_here() {
  return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

// A thread has a network namespace of its own, so that ours stays the one it is.
int open_at(const std::string& path) {
  int fd = -1;
  int code = 0;
  std::thread([&] {
    const int there = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (there >= 0 && setns(there, CLONE_NEWNET) == 0) fd = open_here();
    code = errno;
    if (there >= 0) close(there);
  }).join();
  errno = code;
  return fd;
}

}  // namespace

std::optional<std::uint64_t> network_namespace_of(pid_t process) {
  struct stat status {};
  const std::string path = "/proc/" + std::to_string(process) + "/ns/net";
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

std::optional<pid_t> find_host_process() {
  // Init, or the first of the kernel's own threads where init does not let itself be looked at.
  for (const pid_t process : {1, 2})
    if (network_namespace_of(process)) return process;
  return std::nullopt;
}

Result<int> open_host_netlink() {
  const auto host = find_host_process();
  if (!host) return Error{"cannot see the host's network namespace"};
  const bool is_here = network_namespace_of(*host) == network_namespace_of(getpid());
  const int fd = is_here ? open_here() : open_at("/proc/" + std::to_string(*host) + "/ns/net");
  if (fd < 0) return errno_error("cannot ask for network interfaces", errno);
  return fd;
}

}  // namespace squid
