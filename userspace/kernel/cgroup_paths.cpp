#include "kernel/cgroup_paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace squid {
namespace {

// FILEID_KERNFS of include/linux/exportfs.h: the handle is the 64-bit id of the node.
constexpr int kKernfsHandle = 0xfe;
constexpr std::size_t kMaxPath = 4096;
// With 10,000 cgroups in one directory, asking for one takes a third of the time that listing all does.
constexpr unsigned kMostByHandle = 4;

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

Result<CgroupPaths> CgroupPaths::open(const std::string& mount_point) {
  UniqueFd root(::open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!root || fstat(root.get(), &status) != 0)
    return errno_error("cannot open the cgroup hierarchy at " + mount_point, errno);
  // What /proc/self/fd will call it, symbolic links resolved.
  auto real_path = path_of(root.get());
  if (!real_path) return Error{"cannot find out the real path of " + mount_point + "; is /proc mounted?"};
  return CgroupPaths(std::move(*real_path), std::move(root), status.st_ino);
}

void CgroupPaths::begin_pass() {
  if (!listing_used_) listing_.clear();
  listing_used_ = listing_fresh_ = false;
  asked_ = 0;
}

std::optional<std::string> CgroupPaths::find(std::uint64_t inode) {
  if (handles_permitted_ && ++asked_ <= kMostByHandle) {
    auto path = find_by_handle(inode);
    if (handles_permitted_) return path;
  }
  auto path = find_in_listing(inode);
  return path || !handles_permitted_ ? path : find_by_handle(inode);
}

std::optional<std::string> CgroupPaths::find_by_handle(std::uint64_t inode) {
  const UniqueFd cgroup = open_by_inode(root_.get(), inode);
  if (!cgroup) {
    // ESTALE: it is gone. Anything else will be the same for every other cgroup.
    handles_permitted_ = errno == ESTALE || errno == ENOENT;
    return std::nullopt;
  }
  const auto path = path_of(cgroup.get());
  // It is there, deeper than a path can tell: nobody's container, but not one that is missing either.
  if (!path) return "/?" + std::to_string(inode);
  if (path->size() <= mount_point_.size() || !path->starts_with(mount_point_) ||
      (*path)[mount_point_.size()] != '/')
    return std::nullopt;
  std::string below = path->substr(mount_point_.size());
  // So the kernel marks what was removed; but anybody may give it such a name.
  constexpr std::string_view kRemoved = " (deleted)";
  if (below.ends_with(kRemoved) && !is_at(below, inode)) return std::nullopt;
  return below;
}

bool CgroupPaths::is_at(const std::string& path, std::uint64_t inode) const {
  struct stat status {};
  return fstatat(root_.get(), path.c_str() + 1, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_ino == inode;
}

bool CgroupPaths::has_file(const std::string& path, std::string_view file) const {
  struct stat status {};
  const std::string below_root = path.substr(1).append("/").append(file);
  return fstatat(root_.get(), below_root.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

std::optional<std::string> CgroupPaths::find_in_listing(std::uint64_t inode) {
  listing_used_ = true;
  auto found = listing_.find(inode);
  if (found == listing_.end() && !listing_fresh_) {
    list_all();
    found = listing_.find(inode);
  }
  if (found == listing_.end()) return std::nullopt;
  return found->second;
}

void CgroupPaths::list_all() {
  listing_.clear();
  listing_fresh_ = true;
  std::vector<std::string> pending{""};
  while (!pending.empty()) {
    const std::string path = std::move(pending.back());
    pending.pop_back();
    list_directory(path, pending);
  }
}

// A directory that is gone by now is as good as an empty one.
void CgroupPaths::list_directory(const std::string& path, std::vector<std::string>& pending) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir((mount_point_ + path).c_str()), closedir);
  if (!directory) return;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
    std::string child = path + "/" + entry->d_name;
    // Each cgroup has some forty files to be listed and passed over, so only those with cgroups below them
    // are.
    struct stat status {};
    if (fstatat(dirfd(directory.get()), entry->d_name, &status, 0) == 0 && status.st_nlink > 2)
      pending.push_back(child);
    listing_.emplace(entry->d_ino, std::move(child));
  }
}

}  // namespace squid
