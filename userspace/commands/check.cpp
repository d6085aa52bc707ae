// `squid-bpf check`: what this host supports, what is done about it, and what the user could do.
#include <fmt/format.h>
#include <sys/utsname.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "commands/commands.h"
#include "core/cgroup_roster.h"
#include "core/version.h"
#include "kernel/program_cost.h"
#include "pipeline/source_plan.h"
#include "pipeline/statsd_origins.h"

namespace squid {
namespace {

constexpr int kCostSeconds = 5;

std::string kernel_text() {
  utsname name{};
  if (uname(&name) != 0) return "an unknown kernel";
  return fmt::format("{} {} ({})", name.sysname, name.release, name.machine);
}

std::string_view shape_text(TopologyShape shape) {
  switch (shape) {
    case TopologyShape::kUnified:
      return "pure cgroup v2";
    case TopologyShape::kHybrid:
      return "hybrid: cgroup v2, with controllers on cgroup v1";
    case TopologyShape::kLegacy:
      return "pure cgroup v1";
  }
  return "";
}

std::string controllers_text(const Hierarchy& hierarchy) {
  constexpr std::array<std::string_view, kControllerCount> kNames{"cpu", "cpuacct", "memory", "pids", "io"};
  std::vector<std::string_view> names;
  for (const Controller controller : hierarchy.controllers)
    names.push_back(kNames[static_cast<std::size_t>(controller)]);
  if (names.empty()) return "no controller that we read";
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string plan_text(const SourcePlan& plan, const std::string& statsd_senders) {
  std::string text = fmt::format("Cgroups: {}\n", shape_text(plan.topology.shape));
  for (const Hierarchy& hierarchy : plan.topology.hierarchies)
    text += fmt::format("  {}  {:<30} {}\n", hierarchy.version == CgroupVersion::kV2 ? "v2" : "v1",
                        hierarchy.mount_point, controllers_text(hierarchy));
  text += fmt::format("\neBPF: {}\n", plan.bpf);
  text += fmt::format("Births and deaths: {}\n", plan.births);
  text += fmt::format("Files: at most {} descriptors are kept open\n", plan.file_budget);
  text += fmt::format("Senders of statsd (--statsd-origin): {}\n", statsd_senders);

  text += fmt::format("\n{:<15} {:<11} {}\n", "GROUP", "SOURCE", "WHY");
  for (std::size_t i = 0; i < kMetricGroupCount; ++i)
    text +=
        fmt::format("{:<15} {:<11} {}\n", kMetricGroupNames[i], plan.groups[i].source, plan.groups[i].why);

  text += "\nWhat could be better:";
  if (plan.warnings.empty()) return text + " nothing.\n";
  for (const std::string& warning : plan.warnings) text += "\n  - " + warning;
  return text + "\n";
}

// What the programs cost while the host does what it does, and one pass is made each second.
Result<std::string> measure_cost(Sources& sources) {
  CgroupRoster nobody([](std::string_view, CgroupId) { return nullptr; });
  sources.costs->look();
  for (int second = 0; second < kCostSeconds; ++second) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    if (auto passed = sources.discovery().refresh(nobody); !passed) return passed.error();
  }

  std::string text =
      fmt::format("\n{:<16} {:>10} {:>12} {:>14}\n", "PROGRAM", "RUNS/S", "NS EACH", "% OF A CORE");
  for (const ProgramCost& program : sources.costs->look()) {
    const auto runs = static_cast<double>(program.runs), time_ns = static_cast<double>(program.run_time_ns);
    text += fmt::format("{:<16} {:>10.1f} {:>12.0f} {:>14.4f}\n", program.name, runs / kCostSeconds,
                        time_ns / runs, time_ns / (kCostSeconds * 1e9) * 100);
  }
  return text;
}

}  // namespace

int run_check(const Options& options) {
  std::printf("squid-bpf %s on %s\n\n", kVersion, kernel_text().c_str());
  std::fflush(stdout);
  auto sources = open_sources(options);
  if (!sources) {
    std::fprintf(stderr, "squid-bpf: %s\n", sources.error().message.c_str());
    return 2;
  }
  std::fputs(plan_text(sources->plan, describe_statsd_origins(sources->plan.topology)).c_str(), stdout);
  if (!options.cost) return 0;
  std::fflush(stdout);
  const auto cost = measure_cost(*sources);
  if (!cost) {
    std::fprintf(stderr, "squid-bpf: %s\n", cost.error().message.c_str());
    return 2;
  }
  std::fputs(cost->c_str(), stdout);
  return 0;
}

}  // namespace squid
