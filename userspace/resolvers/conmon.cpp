#include "resolvers/conmon.h"

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

}  // namespace squid
