#include "kernel/program_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bpf_rig.h"
#include "support/live_cgroup.h"

namespace squid {
namespace {

const ProgramCost* find(const std::vector<ProgramCost>& costs, std::string_view name) {
  for (const ProgramCost& cost : costs)
    if (cost.name == name) return &cost;
  return nullptr;
}

TEST(ProgramCostLive, EveryProgramOfThisProcessIsListedWithWhatItRan) {
  const Topology topology = live_topology();
  BpfRig rig(topology, "/nobody");
  const auto counting = count_run_times();
  ASSERT_TRUE(counting) << counting.error().message;
  const auto before = read_program_costs();
  rig.pass();
  const auto after = read_program_costs();
  ASSERT_NE(find(before, "walk_cgroups"), nullptr);
  ASSERT_NE(find(after, "cgroup_died"), nullptr);
  EXPECT_GT(find(after, "walk_cgroups")->runs, find(before, "walk_cgroups")->runs);
  EXPECT_GT(find(after, "walk_cgroups")->run_time_ns, find(before, "walk_cgroups")->run_time_ns);
}

}  // namespace
}  // namespace squid
