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

TEST(ProgramCostLive, OneLookTellsWhatRanSinceTheLookBefore) {
  const Topology topology = live_topology();
  BpfRig rig(topology, "/nobody");
  const auto costs = ProgramCosts::begin();
  ASSERT_TRUE(costs) << costs.error().message;
  rig.pass();
  const auto after = (*costs)->look();
  const ProgramCost* walk = find(after, "walk_cgroups");
  ASSERT_NE(walk, nullptr);
  EXPECT_GT(walk->runs, 0U);
  EXPECT_GT(walk->run_time_ns, 0U);
  // No pass since.
  EXPECT_EQ(find((*costs)->look(), "walk_cgroups"), nullptr);
}

}  // namespace
}  // namespace squid
