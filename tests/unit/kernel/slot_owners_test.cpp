#include "kernel/slot_owners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "support/fake_cgroup_tree.h"

namespace squid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

struct FakeTable final : SlotTable {
  std::size_t slot_count() const override { return cgroups.size(); }
  std::uint64_t cgroup_of(std::uint32_t slot) const override { return cgroups[slot]; }
  void give(std::uint32_t slot, CgroupRoster::Slot watched) override { given.emplace_back(slot, watched); }
  void release(std::uint32_t slot) override {
    released.push_back(slot);
    cgroups[slot] = 0;
  }
  void begin_life(CgroupRoster::Slot watched, CgroupId) override { begun.insert(watched); }

  std::vector<std::uint64_t> cgroups;
  std::vector<std::pair<std::uint32_t, CgroupRoster::Slot>> given;
  std::vector<std::uint32_t> released;
  std::set<CgroupRoster::Slot> begun;
};

class SlotOwnersTest : public testing::Test {
 protected:
  SlotOwners make() {
    auto paths = CgroupPaths::open(tree_.path());
    return SlotOwners({.paths = *std::move(paths), .hierarchy = 0, .lifecycle = nullptr});
  }
  // A pass that finds these, and what follows from it.
  void pass(const std::vector<std::string>& found) {
    roster_.begin_pass();
    for (const std::string& path : found) {
      const std::uint64_t inode = tree_.inode(path);
      if (roster_.observe(0, inode) == CgroupRoster::kUnknown) roster_.introduce(0, inode, path);
    }
    roster_.end_pass(true);
    table_.given.clear();
    owners_.follow(roster_, table_);
  }

  FakeCgroupTree tree_{{"/a", {}}, {"/a/inner", {}}, {"/b", {}}};
  CgroupRoster roster_{[](std::string_view) { return std::make_shared<const Container>(); }};
  FakeTable table_;
  SlotOwners owners_ = make();
};

TEST_F(SlotOwnersTest, ASlotCountsForItsCgroupAndForThoseAbove) {
  table_.cgroups = {tree_.inode("/a/inner")};
  pass({"/a", "/a/inner", "/b"});
  EXPECT_THAT(table_.given,
              UnorderedElementsAre(Pair(0, roster_.find("/a")), Pair(0, roster_.find("/a/inner"))));
  pass({"/a", "/a/inner", "/b"});
  EXPECT_THAT(table_.given, IsEmpty()) << "each only once";
}

TEST_F(SlotOwnersTest, WhoIsWatchedLaterGetsWhatWasThereBefore) {
  table_.cgroups = {tree_.inode("/a/inner")};
  pass({"/a"});
  EXPECT_THAT(table_.given, ElementsAre(Pair(0, roster_.find("/a"))));
  pass({"/a", "/a/inner"});
  EXPECT_THAT(table_.given, ElementsAre(Pair(0, roster_.find("/a/inner"))));
}

TEST_F(SlotOwnersTest, NobodyIsGivenTheSlotOfAnUnwatchedCgroup) {
  table_.cgroups = {tree_.inode("/b")};
  pass({"/a"});
  EXPECT_THAT(table_.given, IsEmpty());
  EXPECT_THAT(table_.released, IsEmpty());
}

TEST_F(SlotOwnersTest, TheSlotOfACgroupThatIsGoneIsReleased) {
  table_.cgroups = {tree_.inode("/a/inner"), tree_.inode("/b")};
  pass({"/a", "/b"});
  tree_.remove("/a/inner");
  pass({"/a", "/b"});
  EXPECT_THAT(table_.released, ElementsAre(0));
}

TEST_F(SlotOwnersTest, AnotherLifeInTheSamePlaceBeginsAnew) {
  pass({"/a"});
  EXPECT_EQ(table_.begun.size(), 1U);
  table_.begun.clear();
  pass({"/a"});
  EXPECT_THAT(table_.begun, IsEmpty());
  pass({});
  EXPECT_EQ(table_.begun.size(), 1U) << "nobody is there now";
}

TEST_F(SlotOwnersTest, TheEndOfALifeBringsWhatItDidSinceThePassBefore) {
  pass({"/a"});
  const auto slot = roster_.find("/a");
  table_.cgroups = {tree_.inode("/a"), tree_.inode("/b")};
  roster_.begin_pass();
  roster_.end_pass(true);
  ASSERT_EQ(roster_.departed().size(), 1U);
  owners_.end_life(roster_.departed()[0], table_);
  EXPECT_THAT(table_.given, ElementsAre(Pair(0, slot)));
}

}  // namespace
}  // namespace squid
