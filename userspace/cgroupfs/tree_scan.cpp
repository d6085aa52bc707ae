#include "cgroupfs/tree_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "core/monotonic.h"

namespace squid {
namespace {

// A scan takes at most this share of a core: on a host with very many cgroups it comes less often.
constexpr std::uint64_t kLongestShare = 50;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

// Null at the end, and with errno set where it is not the end.
const dirent* next_entry(DIR* directory) {
  errno = 0;
  return readdir(directory);
}

bool is_vanished(int code) {
  return code == ENOENT || code == ENODEV;
}

}  // namespace

TreeScan::TreeScan(Topology topology, ScanOptions options)
    : topology_(std::move(topology)), options_(options) {
  for (HierarchyIndex i = 0; i < topology_.hierarchies.size(); ++i) watch_.add(topology_, i, "");
}

Result<void> TreeScan::refresh(CgroupRoster& roster) {
  const std::uint64_t start_ns = monotonic_ns();
  if (watch_.take_changes() || roster.wants_pass()) changed_ = true;
  if (start_ns < may_scan_ns_ || (!changed_ && start_ns < must_scan_ns_)) return {};

  changed_ = false;
  roster.begin_pass();
  cgroups_seen_ = 0;
  over_limit_ = 0;
  std::optional<Error> first_error;
  for (std::size_t i = 0; i < topology_.hierarchies.size(); ++i) {
    const auto scanned = scan_hierarchy(roster, static_cast<HierarchyIndex>(i));
    if (!scanned && !first_error) first_error = scanned.error();
  }
  roster.end_pass(!first_error);

  watch_.scanned();
  plan_next_scan(start_ns);
  if (first_error) return *first_error;
  return {};
}

void TreeScan::plan_next_scan(std::uint64_t start_ns) {
  may_scan_ns_ = must_scan_ns_ = 0;
  if (options_.rescan_interval_ns == 0) return;
  const std::uint64_t end_ns = monotonic_ns();
  may_scan_ns_ = end_ns + kLongestShare * (end_ns - start_ns);
  must_scan_ns_ =
      start_ns + (watch_.works() ? options_.watched_rescan_interval_ns : options_.rescan_interval_ns);
}

Result<void> TreeScan::scan_hierarchy(CgroupRoster& roster, HierarchyIndex hierarchy) {
  observed_ = 0;
  introduced_ = 0;
  std::optional<Error> first_error;
  pending_.assign(1, Directory{});
  while (!pending_.empty()) {
    const Directory directory = std::move(pending_.back());
    pending_.pop_back();
    const auto scanned = scan_directory(roster, hierarchy, directory);
    if (!scanned && !first_error) first_error = scanned.error();
  }
  known_[hierarchy] = observed_;
  cgroups_seen_ = std::max(cgroups_seen_, observed_);
  if (first_error) return *first_error;
  return {};
}

Result<void> TreeScan::scan_directory(CgroupRoster& roster, HierarchyIndex hierarchy,
                                      const Directory& directory) {
  const std::string path = topology_.hierarchies[hierarchy].mount_point + directory.path;
  const DirectoryStream stream(opendir(path.c_str()));
  if (!stream) {
    const int code = errno;
    const bool root = directory.path.empty();
    // What lies too deep for a path is nobody's container.
    if ((is_vanished(code) || code == ENAMETOOLONG) && !root) return {};
    return errno_error("cannot list the cgroups below " + path, code);
  }

  while (const dirent* entry = next_entry(stream.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) continue;
    if (name == "." || name == "..") continue;
    struct stat status {};
    if (fstatat(dirfd(stream.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISDIR(status.st_mode)) continue;

    child_path_ = directory.path;
    child_path_ += '/';
    child_path_ += name;
    if (observe(roster, hierarchy, status.st_ino, child_path_)) {
      watch_.add(topology_, hierarchy, child_path_);
      // Until now nobody told what was made in it.
      if (fstatat(dirfd(stream.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    }
    // Two links: its name and its own dot, so there is no directory in it. File systems that do not count
    // them say one.
    if (status.st_nlink == 2) continue;
    if (directory.depth + 1 < options_.max_depth) {
      pending_.push_back({child_path_, directory.depth + 1});
    } else {
      ++over_limit_;
    }
  }
  if (errno != 0 && !is_vanished(errno)) return errno_error("cannot list the cgroups below " + path, errno);
  return {};
}

bool TreeScan::observe(CgroupRoster& roster, HierarchyIndex hierarchy, std::uint64_t inode,
                       std::string_view path) {
  const bool known = roster.observe(hierarchy, inode) != CgroupRoster::kUnknown;
  if (!known && known_[hierarchy] + introduced_ >= options_.max_cgroups) {
    ++over_limit_;
    return false;
  }
  ++observed_;
  if (known) return false;
  ++introduced_;
  roster.introduce(hierarchy, inode, path);
  return true;
}

}  // namespace squid
