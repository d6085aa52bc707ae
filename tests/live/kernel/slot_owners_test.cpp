// Whose slots are whose, on real cgroups: only the kernel knows a cgroup by its number.
#include "kernel/slot_owners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/live_cgroup.h"

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

class SlotOwnersLive : public testing::Test {
 protected:
  SlotOwners make(std::shared_ptr<const Lifecycle> lifecycle = nullptr) {
    auto paths = CgroupPaths::open(topology_.hierarchies[0].mount_point);
    if (!paths) throw std::runtime_error(paths.error().message);
    return SlotOwners({.paths = *std::move(paths), .hierarchy = 0, .lifecycle = std::move(lifecycle)});
  }
  // A pass that finds these, and what follows from it.
  void pass(const std::vector<const LiveCgroup*>& found) {
    roster_.begin_pass();
    for (const LiveCgroup* cgroup : found) {
      const std::uint64_t inode = cgroup->inode(0);
      if (roster_.observe(0, inode) == CgroupRoster::kUnknown) roster_.introduce(0, inode, cgroup->path());
    }
    roster_.end_pass(true);
    table_.given.clear();
    owners_.follow(roster_, table_);
  }

  const Topology topology_ = live_topology();
  const std::string path_ = "/squid-live-" + std::to_string(getpid());
  const LiveCgroup a_{topology_, path_ + "-a"};
  std::optional<LiveCgroup> inner_{std::in_place, topology_, path_ + "-a/inner"};
  const LiveCgroup b_{topology_, path_ + "-b"};
  CgroupRoster roster_{[](std::string_view, CgroupId) { return std::make_shared<const Container>(); }};
  FakeTable table_;
  SlotOwners owners_ = make();
};

TEST_F(SlotOwnersLive, ASlotCountsForItsCgroupAndForThoseAbove) {
  table_.cgroups = {inner_->inode(0)};
  pass({&a_, &*inner_, &b_});
  EXPECT_THAT(table_.given,
              UnorderedElementsAre(Pair(0, roster_.find(a_.path())), Pair(0, roster_.find(inner_->path()))));
  pass({&a_, &*inner_, &b_});
  EXPECT_THAT(table_.given, IsEmpty()) << "each only once";
}

TEST_F(SlotOwnersLive, WhoIsWatchedLaterGetsWhatWasThereBefore) {
  table_.cgroups = {inner_->inode(0)};
  pass({&a_});
  EXPECT_THAT(table_.given, ElementsAre(Pair(0, roster_.find(a_.path()))));
  pass({&a_, &*inner_});
  EXPECT_THAT(table_.given, ElementsAre(Pair(0, roster_.find(inner_->path()))));
}

TEST_F(SlotOwnersLive, NobodyIsGivenTheSlotOfAnUnwatchedCgroup) {
  table_.cgroups = {b_.inode(0)};
  pass({&a_});
  EXPECT_THAT(table_.given, IsEmpty());
  EXPECT_THAT(table_.released, IsEmpty());
}

TEST_F(SlotOwnersLive, TheSlotOfACgroupThatIsGoneIsReleased) {
  table_.cgroups = {inner_->inode(0), b_.inode(0)};
  pass({&a_, &b_});
  inner_.reset();
  pass({&a_, &b_});
  EXPECT_THAT(table_.released, ElementsAre(0));
}

TEST_F(SlotOwnersLive, AnotherLifeInTheSamePlaceBeginsAnew) {
  pass({&a_});
  EXPECT_EQ(table_.begun.size(), 1U);
  table_.begun.clear();
  pass({&a_});
  EXPECT_THAT(table_.begun, IsEmpty());
  pass({});
  EXPECT_EQ(table_.begun.size(), 1U) << "nobody is there now";
}

TEST_F(SlotOwnersLive, WhatWasStartedAnewIsNotGivenWhatTheOneBeforeItDid) {
  auto loaded = Lifecycle::load(topology_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const std::shared_ptr<Lifecycle> lifecycle = *std::move(loaded);
  owners_ = make(lifecycle);
  std::optional<LiveCgroup> place(std::in_place, topology_, path_ + "-again");
  std::optional<LiveCgroup> below(std::in_place, topology_, path_ + "-again/below");
  pass({&*place});
  table_.cgroups = {place->inode(0), below->inode(0)};
  pass({&*place});
  const auto old_place = roster_.find(place->path());
  EXPECT_THAT(table_.given, UnorderedElementsAre(Pair(0, old_place), Pair(1, old_place)));

  below.reset();
  place.reset();
  place.emplace(topology_, path_ + "-again");
  lifecycle->read();
  // Both deaths and its own first deeds are met in the pass that meets it.
  table_.cgroups.push_back(place->inode(0));
  const CgroupRoster::Departed before{.slot = old_place, .entry = roster_.entries()[old_place]};
  table_.given.clear();
  owners_.end_life(before, table_);
  EXPECT_THAT(table_.given, IsEmpty()) << "nor is the old one given what the new one does";
  pass({&*place});
  EXPECT_THAT(table_.given, ElementsAre(Pair(2, roster_.find(place->path()))));
}

TEST_F(SlotOwnersLive, TheEndOfALifeBringsWhatItDidSinceThePassBefore) {
  pass({&a_});
  const auto slot = roster_.find(a_.path());
  table_.cgroups = {a_.inode(0), b_.inode(0)};
  roster_.begin_pass();
  roster_.end_pass(true);
  ASSERT_EQ(roster_.departed().size(), 1U);
  owners_.end_life(roster_.departed()[0], table_);
  EXPECT_THAT(table_.given, ElementsAre(Pair(0, slot)));
}

TEST_F(SlotOwnersLive, AnEndBringsItAlsoWhereTheCgroupWasMetTooLateToHaveAPath) {
  pass({&*inner_});
  const auto slot = roster_.find(inner_->path());
  table_.cgroups = {inner_->inode(0)};
  inner_.reset();
  roster_.begin_pass();
  roster_.end_pass(true);
  ASSERT_EQ(roster_.departed().size(), 1U);
  owners_.end_life(roster_.departed()[0], table_);
  EXPECT_THAT(table_.given, ElementsAre(Pair(0, slot)));
}

}  // namespace
}  // namespace squid
