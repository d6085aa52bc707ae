// CgroupPaths: from a cgroup's inode to its path, asked once in the life of a cgroup.
//
// The kernel opens a cgroup by its id (a kernfs file handle), and /proc/self/fd tells where it is. That needs
// CAP_DAC_READ_SEARCH; without it the hierarchy's directories are listed, all of them, once per pass in which
// something new appeared.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "kernel/unique_fd.h"

namespace squid {

class CgroupPaths {
 public:
  static Result<CgroupPaths> open(std::string mount_point);

  // Forgets the listing, which may be out of date.
  void begin_pass() { listing_.clear(); }
  // Below the mount point, with a leading slash; nothing where the cgroup is gone or not below it.
  std::optional<std::string> find(std::uint64_t inode);

  int root_fd() const { return root_.get(); }
  std::uint64_t root_inode() const { return root_inode_; }

 private:
  CgroupPaths(std::string mount_point, UniqueFd root, std::uint64_t root_inode);
  std::optional<std::string> find_in_listing(std::uint64_t inode);

  std::string mount_point_;
  UniqueFd root_;
  std::uint64_t root_inode_;
  bool handles_permitted_ = true;
  boost::unordered_flat_map<std::uint64_t, std::string> listing_;
};

}  // namespace squid
