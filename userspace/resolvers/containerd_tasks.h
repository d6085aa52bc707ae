// Where containerd keeps the bundles of its tasks: <state>/io.containerd.runtime.v2.task/<namespace>/<id>.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squid {

struct TaskRoot {
  std::string file_system;  // the root directory that `path` is meant in, as we reach it
  std::string path;         // of the directory that has one directory for each namespace

  friend bool operator==(const TaskRoot&, const TaskRoot&) = default;
};

// Those of a containerd as distributions configure it, and those that configuration files tell. They need not
// exist.
std::vector<TaskRoot> known_task_roots(const std::string& host_root);

// Those that containerd's shims run in: each has its bundle as working directory, whatever containerd was
// told. Goes through all processes.
std::vector<TaskRoot> find_task_roots(const std::string& host_root);

// `state` in a config.toml; empty where it tells none. Pure.
std::string parse_state(std::string_view config);

// Of a bundle. Pure; nothing where it is none.
std::optional<std::string> parse_bundle_path(std::string_view path);

}  // namespace squid
