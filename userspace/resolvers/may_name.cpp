#include "resolvers/may_name.h"

#include <sys/stat.h>

#include <algorithm>

#include "resolvers/cgroup_path.h"
#include "resolvers/container_match.h"
#include "resolvers/host_file.h"

namespace squid {
namespace {

std::string_view without_slash(std::string_view path) {
  return path.starts_with('/') ? path.substr(1) : path;
}

// Who runs in a container may run containers of its own in it.
bool is_in_container_of(std::string_view process_path, std::string_view cgroup_path) {
  for (std::size_t end = process_path.find('/', 1);; end = process_path.find('/', end + 1)) {
    const std::string_view outer = process_path.substr(0, end);
    if (is_container(identify_path(outer)))
      return cgroup_path.size() > outer.size() && cgroup_path.starts_with(outer) &&
             cgroup_path[outer.size()] == '/';
    if (end == std::string_view::npos) return false;
  }
}

}  // namespace

// "user.slice/user-1000.slice/..."
std::string_view user_of_path(std::string_view cgroup_path) {
  constexpr std::string_view kAbove = "user.slice/";
  std::string_view path = without_slash(cgroup_path);
  if (!path.starts_with(kAbove)) return {};
  path.remove_prefix(kAbove.size());
  const auto uid = between(path.substr(0, path.find('/')), "user-", ".slice");
  return uid && is_number(*uid) ? *uid : std::string_view();
}

bool may_name(const std::string& process, std::string_view cgroup_path) {
  struct stat status {};
  if (stat(process.c_str(), &status) != 0) return false;
  if (std::to_string(status.st_uid) == user_of_path(cgroup_path)) return true;

  const auto lines = read_host_file(process, "cgroup");
  if (!lines) return false;
  const std::string_view parent = parent_of(without_slash(cgroup_path));
  bool in_container = false;
  for (std::string_view rest = *lines; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto path = path_of_cgroup_line(line);
    if (!path) continue;
    if (!parent.empty() && parent_of(without_slash(*path)) == parent) return true;
    if (is_in_container_of(*path, cgroup_path)) return true;
    in_container = in_container || is_container(identify_path(*path));
  }
  return status.st_uid == 0 && !in_container;
}

}  // namespace squid
