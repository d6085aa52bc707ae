// find_docker_data_roots(): where the docker daemons of this host keep their containers' files.
//
// Taken from the daemons' own command lines and configuration, because /var/lib/docker is only a default.
// Each daemon is looked at through /proc/PID/root, so that a daemon in a container or in a user's namespace
// is found too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace squid {

struct DataRoot {
  std::string file_system;   // the root directory of the daemon, as we reach it
  std::string path;          // of the data root, as the daemon knows it
  std::string process = {};  // the daemon, as we reach it; empty: it is the host's configuration that says so

  friend bool operator==(const DataRoot&, const DataRoot&) = default;
};

// Empty where the daemon was not told.
struct DockerdArguments {
  std::string data_root;
  std::string config_file;
};

// `cmdline`: arguments with a zero byte behind each, as in /proc/PID/cmdline.
DockerdArguments parse_dockerd_arguments(std::string_view cmdline);

// The data root in a daemon.json; empty where it names none.
Result<std::string> parse_daemon_config(std::string_view text);

// Where a daemon without any configuration looks for it and keeps its data.
struct DockerdDefaults {
  std::string data_root = "/var/lib/docker";
  std::string config_file = "/etc/docker/daemon.json";
};
// `environment`: as in /proc/PID/environ. A daemon that runs without root has its places below the user's
// home.
DockerdDefaults compute_dockerd_defaults(std::string_view environment);

// `host_root`: where the host's file system is for us. With no daemon running, what the host's configuration
// says; never empty.
std::vector<DataRoot> find_docker_data_roots(const std::string& host_root);

}  // namespace squid
