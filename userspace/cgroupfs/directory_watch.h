// DirectoryWatch: whether directories appeared or went away below those that are watched, as inotify tells.
// It says that a scan is due, not what it will find; and it counts what no scan can find, because it has gone
// again.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/topology.h"

struct inotify_event;

namespace squid {

class DirectoryWatch {
 public:
  DirectoryWatch();
  ~DirectoryWatch() { stop(); }
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  // False where the kernel has no watch left, or no inotify: from then on nothing is told, and only listing
  // helps.
  bool works() const { return inotify_ >= 0; }
  // `path` is below the root of the hierarchy; empty: the root itself. A directory that is gone already is no
  // error.
  void add(const Topology& topology, HierarchyIndex hierarchy, std::string_view path);
  // Whether anything changed since the last call.
  bool take_changes();
  // All that take_changes() told of is known now.
  void scanned() { born_.clear(); }
  // Ever: directories that came and went between two scans.
  std::size_t missed() const { return missed_; }

 private:
  void stop();
  void note(const inotify_event& event, std::string_view name);

  int inotify_;
  boost::unordered_flat_map<int, std::string> watched_;  // watch descriptor -> path
  // Since the last scan; a container is born once in each hierarchy, and counts once.
  boost::unordered_flat_set<std::string> born_;
  std::size_t missed_ = 0;
};

}  // namespace squid
