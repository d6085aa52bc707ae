#include "kernel/cgroup_paths.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

namespace squid {
namespace {

namespace fs = std::filesystem;

// FILEID_KERNFS of include/linux/exportfs.h: the handle is the 64-bit id of the node.
constexpr int kKernfsHandle = 0xfe;
constexpr std::size_t kMaxPath = 4096;

UniqueFd open_by_inode(int mount_fd, std::uint64_t inode) {
  alignas(file_handle) std::array<char, sizeof(file_handle) + sizeof(inode)> storage{};
  auto* handle = reinterpret_cast<file_handle*>(storage.data());
  handle->handle_bytes = sizeof(inode);
  handle->handle_type = kKernfsHandle;
  std::memcpy(handle->f_handle, &inode, sizeof(inode));
  return UniqueFd(open_by_handle_at(mount_fd, handle, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

std::optional<std::string> path_of(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  std::array<char, kMaxPath> path;
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  if (size <= 0 || static_cast<std::size_t>(size) == path.size()) return std::nullopt;
  return std::string(path.data(), static_cast<std::size_t>(size));
}

}  // namespace

CgroupPaths::CgroupPaths(std::string mount_point, UniqueFd root, std::uint64_t root_inode)
    : mount_point_(std::move(mount_point)), root_(std::move(root)), root_inode_(root_inode) {}

Result<CgroupPaths> CgroupPaths::open(std::string mount_point) {
  UniqueFd root(::open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!root || fstat(root.get(), &status) != 0)
    return errno_error("cannot open the cgroup hierarchy at " + mount_point, errno);
  // What /proc/self/fd will call it, symbolic links resolved.
  auto real_path = path_of(root.get());
  if (!real_path) return Error{"cannot find out the real path of " + mount_point + "; is /proc mounted?"};
  return CgroupPaths(std::move(*real_path), std::move(root), status.st_ino);
}

std::optional<std::string> CgroupPaths::find(std::uint64_t inode) {
  if (!handles_permitted_) return find_in_listing(inode);
  const UniqueFd cgroup = open_by_inode(root_.get(), inode);
  if (!cgroup) {
    // ESTALE: it is gone. Anything else will be the same for every other cgroup.
    if (errno == ESTALE || errno == ENOENT) return std::nullopt;
    handles_permitted_ = false;
    return find_in_listing(inode);
  }
  const auto path = path_of(cgroup.get());
  if (!path || path->size() <= mount_point_.size() || !path->starts_with(mount_point_) ||
      (*path)[mount_point_.size()] != '/')
    return std::nullopt;
  constexpr std::string_view kRemoved = " (deleted)";
  if (path->ends_with(kRemoved)) return std::nullopt;
  return path->substr(mount_point_.size());
}

std::optional<std::string> CgroupPaths::find_in_listing(std::uint64_t inode) {
  if (listing_.empty()) {
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(mount_point_, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      struct stat status {};
      if (!entry->is_directory(error) || stat(entry->path().c_str(), &status) != 0) continue;
      listing_[status.st_ino] = entry->path().string().substr(mount_point_.size());
    }
  }
  const auto found = listing_.find(inode);
  if (found == listing_.end()) return std::nullopt;
  return found->second;
}

}  // namespace squid
