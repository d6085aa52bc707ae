// `squid-bpf check`: what this host supports, what is done about it, and what the user could do.
#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdio>
#include <string>
#include <vector>

#include "commands/commands.h"
#include "core/version.h"
#include "pipeline/source_plan.h"

namespace squid {
namespace {

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

std::string plan_text(const SourcePlan& plan) {
  std::string text = fmt::format("Cgroups: {}\n", shape_text(plan.topology.shape));
  for (const Hierarchy& hierarchy : plan.topology.hierarchies)
    text += fmt::format("  {}  {:<30} {}\n", hierarchy.version == CgroupVersion::kV2 ? "v2" : "v1",
                        hierarchy.mount_point, controllers_text(hierarchy));
  text += fmt::format("\neBPF: {}\n", plan.bpf);
  text += fmt::format("Births and deaths: {}\n", plan.births);
  text += fmt::format("Files: at most {} descriptors are kept open\n", plan.file_budget);

  text += fmt::format("\n{:<15} {:<7} {}\n", "GROUP", "SOURCE", "WHY");
  for (std::size_t i = 0; i < kMetricGroupCount; ++i)
    text += fmt::format("{:<15} {:<7} {}\n", kMetricGroupNames[i], plan.groups[i].source, plan.groups[i].why);

  text += "\nWhat could be better:";
  if (plan.warnings.empty()) return text + " nothing.\n";
  for (const std::string& warning : plan.warnings) text += "\n  - " + warning;
  return text + "\n";
}

}  // namespace

int run_check(const Options& options) {
  std::printf("squid-bpf %s on %s\n\n", kVersion, kernel_text().c_str());
  std::fflush(stdout);
  const auto sources = open_sources(options);
  if (!sources) {
    std::fprintf(stderr, "squid-bpf: %s\n", sources.error().message.c_str());
    return 2;
  }
  std::fputs(plan_text(sources->plan).c_str(), stdout);
  return 0;
}

}  // namespace squid
