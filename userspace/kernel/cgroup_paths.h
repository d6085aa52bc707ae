// CgroupPaths: from a cgroup's inode to its path, asked once in the life of a cgroup.
//
// The kernel opens a cgroup by its id (a kernfs file handle), and /proc/self/fd tells where it is. To do so
// it goes through the directory that the cgroup is in, so for more than a few new cgroups in one pass, and
// without CAP_DAC_READ_SEARCH, which it takes, all directories of the hierarchy are listed instead, once.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "kernel/unique_fd.h"

namespace squid {

class CgroupPaths {
 public:
  static Result<CgroupPaths> open(const std::string& mount_point);

  void begin_pass();
  // Below the mount point, with a leading slash; nothing where the cgroup is gone or not below it. What lies
  // too deep for a path has one made of its number.
  std::optional<std::string> find(std::uint64_t inode);

  bool has_file(const std::string& path, std::string_view file) const;

  int root_fd() const { return root_.get(); }
  std::uint64_t root_inode() const { return root_inode_; }

 private:
  CgroupPaths(std::string mount_point, UniqueFd root, std::uint64_t root_inode);
  std::optional<std::string> find_by_handle(std::uint64_t inode);
  bool is_at(const std::string& path, std::uint64_t inode) const;
  std::optional<std::string> find_in_listing(std::uint64_t inode);
  void list_all();
  void list_directory(const std::string& path, std::vector<std::string>& pending);

  std::string mount_point_;
  UniqueFd root_;
  std::uint64_t root_inode_;
  bool handles_permitted_ = true;
  unsigned asked_ = 0;  // in this pass
  // Kept for one pass more: at the start two follow each other, and a cgroup keeps its path.
  boost::unordered_flat_map<std::uint64_t, std::string> listing_;
  bool listing_used_ = false;   // in this pass
  bool listing_fresh_ = false;  // made in this pass
};

}  // namespace squid
