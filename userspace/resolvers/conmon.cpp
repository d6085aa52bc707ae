#include "resolvers/conmon.h"

#include <sys/stat.h>

#include <algorithm>

#include "resolvers/cgroup_path.h"
#include "resolvers/command_line.h"
#include "resolvers/container_match.h"
#include "resolvers/host_file.h"
#include "resolvers/host_processes.h"

namespace squid {
namespace {

constexpr std::size_t kMostConmons = 4096;

// The first one counts.
bool take_option(std::string& value, std::string_view argument, std::string_view name,
                 std::string_view& following) {
  const auto found = option_value(argument, name, following);
  if (found && value.empty()) value = *found;
  return found.has_value();
}

std::string_view without_slash(std::string_view path) {
  return path.starts_with('/') ? path.substr(1) : path;
}

}  // namespace

ConmonArguments parse_conmon_arguments(std::string_view cmdline) {
  ConmonArguments arguments;
  next_argument(cmdline);  // the program itself
  while (!cmdline.empty()) {
    const std::string_view argument = next_argument(cmdline);
    // What follows is an argument of another program.
    if (argument == "--exit-command-arg" || argument == "--runtime-arg") {
      next_argument(cmdline);
      continue;
    }
    if (take_option(arguments.id, argument, "--cid", cmdline)) continue;
    if (take_option(arguments.name, argument, "--name", cmdline)) continue;
    if (take_option(arguments.bundle, argument, "--bundle", cmdline)) continue;
    if (take_option(arguments.id, argument, "-c", cmdline)) continue;
    if (take_option(arguments.name, argument, "-n", cmdline)) continue;
    take_option(arguments.bundle, argument, "-b", cmdline);
  }
  return arguments;
}

// "user.slice/user-1000.slice/..."
std::string_view user_of_path(std::string_view cgroup_path) {
  constexpr std::string_view kAbove = "user.slice/";
  std::string_view path = without_slash(cgroup_path);
  if (!path.starts_with(kAbove)) return {};
  path.remove_prefix(kAbove.size());
  const auto uid = between(path.substr(0, path.find('/')), "user-", ".slice");
  return uid && is_number(*uid) ? *uid : std::string_view();
}

std::vector<Conmon> find_conmons(const std::string& host_root) {
  std::vector<Conmon> conmons;
  for (const std::string& process : find_processes(host_root, "conmon", kMostConmons)) {
    const auto cmdline = read_host_file(process, "cmdline");
    if (!cmdline) continue;
    Conmon conmon{.process = process, .arguments = parse_conmon_arguments(*cmdline)};
    if (is_container_id(conmon.arguments.id)) conmons.push_back(std::move(conmon));
  }
  return conmons;
}

bool may_name(const Conmon& conmon, std::string_view cgroup_path) {
  struct stat status {};
  if (stat(conmon.process.c_str(), &status) != 0) return false;
  if (std::to_string(status.st_uid) == user_of_path(cgroup_path)) return true;

  const auto lines = read_host_file(conmon.process, "cgroup");
  if (!lines) return false;
  const std::string_view parent = parent_of(without_slash(cgroup_path));
  bool in_container = false;
  for (std::string_view rest = *lines; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto path = path_of_cgroup_line(line);
    if (!path) continue;
    if (!parent.empty() && parent_of(without_slash(*path)) == parent) return true;
    in_container = in_container || is_container(identify_path(*path));
  }
  return status.st_uid == 0 && !in_container;
}

}  // namespace squid
