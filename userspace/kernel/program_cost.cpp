#include "kernel/program_cost.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

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

Result<std::unique_ptr<ProgramCosts>> ProgramCosts::begin() {
  auto counting = count_run_times();
  if (!counting) return counting.error();
  auto costs = std::make_unique<ProgramCosts>();
  costs->counting_ = *std::move(counting);
  costs->look();
  return costs;
}

std::vector<ProgramCost> ProgramCosts::look() {
  std::map<std::string, ProgramCost> now;
  for (const ProgramCost& program : read_program_costs()) {
    ProgramCost& sum = now[program.name];
    sum.runs += program.runs;
    sum.run_time_ns += program.run_time_ns;
  }
  std::vector<ProgramCost> growth;
  for (const auto& [name, cost] : now) {
    ProgramCost before = last_[name];
    // One that was replaced begins at zero again.
    if (before.runs > cost.runs || before.run_time_ns > cost.run_time_ns) before = {};
    if (cost.runs > before.runs)
      growth.push_back({.name = name,
                        .runs = cost.runs - before.runs,
                        .run_time_ns = cost.run_time_ns - before.run_time_ns});
  }
  last_ = std::move(now);
  return growth;
}

}  // namespace squid
