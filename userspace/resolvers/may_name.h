// may_name(): whether what a process tells of a container's name counts. Names of programs are chosen by
// those who run them.
#pragma once

#include <string>
#include <string_view>

namespace squid {

// The number of the user in whose slice the path lies; empty where it is in none. Pure.
std::string_view user_of_path(std::string_view cgroup_path);

// `process`: its directory below /proc, as we reach it. Only the user whose container it is and root may name
// a container, and no container may name another one but those inside of it. Whoever shares the container's
// parent cgroup was put there by its owner.
bool may_name(const std::string& process, std::string_view cgroup_path);

}  // namespace squid
