#include "kernel/program_cost.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace squid {

Result<UniqueFd> count_run_times() {
  UniqueFd statistics(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!statistics) return errno_error("cannot count the run time of BPF programs", errno);
  return statistics;
}

std::vector<ProgramCost> read_program_costs() {
  std::vector<ProgramCost> costs;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    if (std::filesystem::read_symlink(entry.path(), error) != "anon_inode:bpf-prog") continue;
    const std::string number = entry.path().filename();
    int fd = -1;
    std::from_chars(number.data(), number.data() + number.size(), fd);
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) continue;
    costs.push_back({.name = info.name, .runs = info.run_cnt, .run_time_ns = info.run_time_ns});
  }
  std::ranges::sort(costs, {}, &ProgramCost::name);
  return costs;
}

}  // namespace squid
