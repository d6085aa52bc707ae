// LiveCgroup: a real cgroup in every hierarchy of this host, gone at the end of the test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/topology.h"

namespace squid {

// What this host has mounted, as the tests see it; throws where a live test cannot run at all.
Topology live_topology();

class LiveCgroup {
 public:
  // `path` has a leading slash.
  LiveCgroup(const Topology& topology, std::string path);
  ~LiveCgroup();
  LiveCgroup(const LiveCgroup&) = delete;
  LiveCgroup& operator=(const LiveCgroup&) = delete;

  // Lets cgroups below this one have controllers; cgroup v2 then allows no process in this one.
  void delegate() const;
  void add(pid_t process) const;
  const std::string& path() const { return path_; }

  // In the hierarchy that has the controller; the file's name differs between the versions. write() throws.
  void write(Controller controller, std::string_view v1_file, std::string_view v2_file,
             std::string_view text) const;
  std::string read(Controller controller, std::string_view v1_file, std::string_view v2_file) const;
  std::string read(HierarchyIndex hierarchy, std::string_view file) const;
  // The number behind `key ` in such a text.
  static std::optional<std::uint64_t> find(std::string_view text, std::string_view key);
  static std::uint64_t number(std::string_view text);

  bool is_v1(Controller controller) const;
  std::string directory(HierarchyIndex hierarchy) const;
  std::uint64_t inode(HierarchyIndex hierarchy) const;

 private:
  const Topology& topology_;
  std::string path_;
};

}  // namespace squid
