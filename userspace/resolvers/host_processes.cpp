#include "resolvers/host_processes.h"

#include <filesystem>
#include <system_error>

#include "resolvers/cgroup_path.h"
#include "resolvers/host_file.h"

namespace squid {

std::string join_path(const std::string& directory, std::string_view name) {
  return directory == "/" ? directory + std::string(name) : directory + "/" + std::string(name);
}

std::vector<std::string> find_processes(const std::string& host_root, std::string_view program,
                                        std::size_t most) {
  const std::string proc = join_path(host_root, "proc");
  const std::string wanted = std::string(program) + "\n";
  std::vector<std::string> processes;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(proc, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string process = entry->path().filename();
    if (!is_number(process)) continue;
    const auto comm = read_host_file(proc, process + "/comm");
    if (comm && *comm == wanted) processes.push_back(join_path(proc, process));
    if (processes.size() == most) break;
  }
  return processes;
}

}  // namespace squid
