// find_processes(): the host's processes of one program. Names of programs are chosen by those who run them:
// what such a process tells may at most name what the host's own files do not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace squid {

// "a/b"; `directory` may be "/".
std::string join_path(const std::string& directory, std::string_view name);

// Their directories below /proc, as we reach them, at most so many. `program` as in /proc/PID/comm: of 15
// characters at most.
std::vector<std::string> find_processes(const std::string& host_root, std::string_view program,
                                        std::size_t most);

}  // namespace squid
