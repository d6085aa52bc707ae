#include "core/snapshot.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(Snapshot, BeginsEmptyWithASampleForEachSlot) {
  CgroupRoster roster([](std::string_view, CgroupId) { return std::make_shared<const Container>(); });
  Snapshot snapshot(roster);
  snapshot.cores = 2;
  for (const std::uint64_t inode : {10U, 11U}) {
    roster.begin_pass();
    roster.introduce(0, inode, "/" + std::to_string(inode));
    roster.end_pass(true);
  }
  snapshot.begin();
  ASSERT_EQ(snapshot.samples.size(), 2U);
  EXPECT_FALSE(snapshot.samples[0].id.valid()) << "the slot is free";
  EXPECT_EQ(snapshot.samples[1].id, CgroupId::of(0, 11));
  EXPECT_EQ(snapshot.core_ns.size(), 4U);

  snapshot.samples[1].cpu_total_ns = 5;
  snapshot.core_ns[3] = 5;
  snapshot.supplied_by[0] = "bpf";
  snapshot.begin();
  EXPECT_FALSE(snapshot.samples[1].cpu_total_ns.has_value());
  EXPECT_FALSE(snapshot.core_ns[3].has_value());
  EXPECT_TRUE(snapshot.supplied_by[0].empty());
}

}  // namespace
}  // namespace squid
