#include "interfaces/host_namespaces.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "interfaces/host_netlink.h"

namespace squid {
namespace {

// Containers that run an init of their own have their processes below their cgroup, not in it.
constexpr int kDeepest = 4;

// Of a cgroup. 0: it has one that is out of our sight. Nothing where it has none.
std::optional<pid_t> first_process(const std::string& directory) {
  const int fd = open((directory + "/cgroup.procs").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  char text[32];
  const ssize_t size = read(fd, text, sizeof(text));
  close(fd);
  pid_t process = 0;
  if (size <= 0 || std::from_chars(text, text + size, process).ec != std::errc{}) return std::nullopt;
  return process;
}

std::optional<pid_t> find_process(const std::string& directory) {
  std::vector<std::string> level{directory};
  for (int depth = 0; depth <= kDeepest && !level.empty(); ++depth) {
    std::vector<std::string> below;
    for (const std::string& one : level) {
      if (const auto process = first_process(one); process && *process != 0) return process;
      std::error_code gone;
      for (auto entry = std::filesystem::directory_iterator(one, gone);
           !gone && entry != std::filesystem::directory_iterator(); entry.increment(gone))
        if (entry->is_directory(gone)) below.push_back(entry->path());
    }
    level = std::move(below);
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<NetworkNamespaces>> HostNamespaces::open(const Topology& topology) {
  const auto host = find_host_process();
  const auto anybody = first_process(topology.hierarchies.front().mount_point);
  if (!host || anybody == pid_t{0})
    return Error{"needs to see the host's processes; start the container with --pid=host"};
  auto netlink = Rtnetlink::open();
  if (!netlink) return netlink.error();
  return std::unique_ptr<NetworkNamespaces>(
      new HostNamespaces(topology, *std::move(netlink), network_namespace_of(*host).value_or(0)));
}

std::uint64_t HostNamespaces::changes() {
  if (!watch_ || watch_->has_changed()) ++changes_;
  return changes_;
}

std::optional<NetworkNamespace> HostNamespaces::find(const CgroupRoster::Entry& container,
                                                     const NetworkNamespace& last) {
  for (HierarchyIndex i = 0; i < topology_.hierarchies.size(); ++i) {
    if (container.inodes[i] == 0) continue;
    const auto process = find_process(topology_.hierarchies[i].mount_point + container.path);
    if (!process) continue;
    const auto inode = network_namespace_of(*process);
    if (!inode || *inode == host_) return std::nullopt;
    if (*inode == last.inode) return last;
    const auto id = netlink_->find_id(*process);
    if (!id) return std::nullopt;
    return NetworkNamespace{.inode = *inode, .id = *id};
  }
  return std::nullopt;
}

}  // namespace squid
