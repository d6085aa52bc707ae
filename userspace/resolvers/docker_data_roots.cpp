#include "resolvers/docker_data_roots.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "resolvers/command_line.h"
#include "resolvers/host_file.h"
#include "resolvers/host_processes.h"

namespace squid {
namespace {

// Of this name; anybody may have some.
constexpr std::size_t kMostProcesses = 4096;
constexpr std::size_t kMostDaemons = 64;

bool is_roots(const std::string& process) {
  struct stat status {};
  return stat(process.c_str(), &status) == 0 && status.st_uid == 0;
}

// Those of root come first, whoever else has processes of that name.
std::vector<std::string> find_daemons(const std::string& host_root) {
  std::vector<std::string> daemons = find_processes(host_root, "dockerd", kMostProcesses);
  std::stable_partition(daemons.begin(), daemons.end(), is_roots);
  daemons.resize(std::min(daemons.size(), kMostDaemons));
  return daemons;
}

// What the file says where there is one, and the default where there is none or where it is broken: a daemon
// that runs has not read a broken one.
std::string configured_data_root(const std::string& file_system, const std::string& config_file,
                                 const std::string& fallback) {
  const auto text = read_host_file(file_system, config_file);
  if (!text) return fallback;
  const auto data_root = parse_daemon_config(*text);
  return data_root && !data_root->empty() ? *data_root : fallback;
}

DataRoot data_root_of(const std::string& process) {
  const auto cmdline = read_host_file(process, "cmdline");
  const auto environment = read_host_file(process, "environ");
  const DockerdArguments arguments = parse_dockerd_arguments(cmdline ? *cmdline : std::string());
  const DockerdDefaults defaults = compute_dockerd_defaults(environment ? *environment : std::string());

  DataRoot root{.file_system = join_path(process, "root"), .path = arguments.data_root, .process = process};
  if (root.path.empty())
    root.path = configured_data_root(
        root.file_system, arguments.config_file.empty() ? defaults.config_file : arguments.config_file,
        defaults.data_root);
  if (!root.path.starts_with('/')) root.file_system = join_path(process, "cwd");
  return root;
}

}  // namespace

DockerdArguments parse_dockerd_arguments(std::string_view cmdline) {
  constexpr auto kDataRoot = std::to_array<std::string_view>({"--data-root", "--graph", "-g"});
  DockerdArguments arguments;
  next_argument(cmdline);  // the program itself
  while (!cmdline.empty()) {
    const std::string_view argument = next_argument(cmdline);
    for (const std::string_view name : kDataRoot)
      if (const auto value = option_value(argument, name, cmdline)) arguments.data_root = *value;
    if (const auto value = option_value(argument, "--config-file", cmdline)) arguments.config_file = *value;
  }
  return arguments;
}

Result<std::string> parse_daemon_config(std::string_view text) {
  boost::system::error_code error;
  const boost::json::value document = boost::json::parse(text, error);
  if (error) return Error{"is not JSON: " + error.message()};
  const boost::json::object* root = document.if_object();
  if (root == nullptr) return Error{"is JSON, but not an object"};
  for (const char* key : {"data-root", "graph"}) {
    const boost::json::value* value = root->if_contains(key);
    const boost::json::string* path = value != nullptr ? value->if_string() : nullptr;
    if (path != nullptr) return std::string(path->data(), path->size());
  }
  return std::string();
}

DockerdDefaults compute_dockerd_defaults(std::string_view environment) {
  bool rootless = false;
  std::string home;
  std::string data_home;
  std::string config_home;
  while (!environment.empty()) {
    const std::string_view variable = next_argument(environment);
    const auto equals = variable.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = variable.substr(0, equals);
    const std::string_view value = variable.substr(equals + 1);
    if (name == "ROOTLESSKIT_STATE_DIR") rootless = !value.empty();
    if (name == "HOME") home = value;
    if (name == "XDG_DATA_HOME") data_home = value;
    if (name == "XDG_CONFIG_HOME") config_home = value;
  }
  if (!rootless) return {};
  if (data_home.empty()) data_home = home + "/.local/share";
  if (config_home.empty()) config_home = home + "/.config";
  return {.data_root = data_home + "/docker", .config_file = config_home + "/docker/daemon.json"};
}

std::vector<DataRoot> find_docker_data_roots(const std::string& host_root) {
  std::vector<DataRoot> roots;
  for (const std::string& process : find_daemons(host_root)) roots.push_back(data_root_of(process));
  if (!roots.empty()) return roots;

  const DockerdDefaults defaults;
  return {{.file_system = host_root,
           .path = configured_data_root(host_root, defaults.config_file, defaults.data_root)}};
}

}  // namespace squid
