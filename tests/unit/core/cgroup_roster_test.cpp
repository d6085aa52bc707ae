#include "core/cgroup_roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace squid {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using Slot = CgroupRoster::Slot;

class CgroupRosterTest : public testing::Test {
 protected:
  struct Directory {
    HierarchyIndex hierarchy;
    std::uint64_t inode;
    std::string path;
  };

  // One pass that finds these directories, in this order.
  void pass(const std::vector<Directory>& found, bool complete = true) {
    roster_.begin_pass();
    for (const auto& [hierarchy, inode, path] : found)
      if (roster_.observe(hierarchy, inode) == CgroupRoster::kUnknown)
        roster_.introduce(hierarchy, inode, path);
    roster_.end_pass(complete);
  }
  const CgroupRoster::Entry* at(const std::string& path) const {
    for (const CgroupRoster::Entry& entry : roster_.entries())
      if (entry.id.valid() && entry.path == path) return &entry;
    return nullptr;
  }
  Slot slot_of(const std::string& path) const {
    return static_cast<Slot>(at(path) - roster_.entries().data());
  }

  std::map<std::string, int> asked_;
  bool admits_all_ = false;
  CgroupRoster roster_{[this](std::string_view path, CgroupId) -> std::shared_ptr<const Container> {
    ++asked_[std::string(path)];
    if (path.starts_with("/system") && !admits_all_) return nullptr;
    auto container = std::make_shared<Container>();
    container->name = std::string(path);
    return container;
  }};
};

TEST_F(CgroupRosterTest, AdmitsEachCgroupOnce) {
  for (int i = 0; i < 3; ++i) pass({{0, 10, "/a"}, {0, 11, "/system.slice"}});
  EXPECT_EQ(asked_, (std::map<std::string, int>{{"/a", 1}, {"/system.slice", 1}}));
  EXPECT_EQ(roster_.size(), 1U);
  ASSERT_NE(at("/a"), nullptr);
  EXPECT_EQ(at("/a")->id, CgroupId::of(0, 10));
  EXPECT_EQ(at("/a")->container->name, "/a");
  EXPECT_EQ(at("/system.slice"), nullptr);
}

TEST_F(CgroupRosterTest, TellsWhoArrivedAndWhoDeparted) {
  pass({{0, 10, "/a"}});
  EXPECT_THAT(roster_.arrived(), ElementsAre(slot_of("/a")));
  pass({{0, 10, "/a"}, {0, 12, "/b"}});
  EXPECT_THAT(roster_.arrived(), ElementsAre(slot_of("/b")));
  EXPECT_THAT(roster_.departed(), IsEmpty());
  const Slot left = slot_of("/a");
  pass({{0, 12, "/b"}});
  EXPECT_THAT(roster_.arrived(), IsEmpty());
  EXPECT_THAT(roster_.departed(), ElementsAre(Field(&CgroupRoster::Departed::slot, left)));
  EXPECT_EQ(roster_.size(), 1U);
}

TEST_F(CgroupRosterTest, OnlyWhoAppearsAfterACompletePassWasBornUnderWatch) {
  pass({{0, 10, "/old"}});
  EXPECT_FALSE(at("/old")->born_under_watch);
  pass({{0, 10, "/old"}, {0, 11, "/born"}}, false);
  EXPECT_TRUE(at("/born")->born_under_watch);
  pass({{0, 10, "/old"}, {0, 11, "/born"}, {0, 12, "/unsure"}});
  EXPECT_FALSE(at("/unsure")->born_under_watch) << "it may have been overlooked before";
}

TEST_F(CgroupRosterTest, TheDeadDepartAlsoInAnIncompletePass) {
  pass({{0, 10, "/dead"}, {0, 11, "/out_of_sight"}});
  roster_.begin_pass();
  roster_.bury(slot_of("/dead"));
  roster_.end_pass(false);
  ASSERT_EQ(roster_.departed().size(), 1U);
  EXPECT_EQ(roster_.departed()[0].entry.path, "/dead");
  EXPECT_EQ(at("/dead"), nullptr);
  EXPECT_NE(at("/out_of_sight"), nullptr);
  pass({{0, 12, "/another"}}, false);
  EXPECT_EQ(roster_.departed().size(), 0U);
  EXPECT_EQ(roster_.entries().size(), 2U) << "it has the place of the dead";
}

TEST_F(CgroupRosterTest, ThePlacesOfABurstAreGivenBack) {
  std::vector<Directory> burst{{0, 1, "/stays"}};
  for (std::uint64_t inode = 2; inode < 10'000; ++inode)
    burst.push_back({0, inode, "/" + std::to_string(inode)});
  pass(burst);
  pass({{0, 1, "/stays"}});
  EXPECT_EQ(roster_.departed().size(), burst.size() - 1);
  EXPECT_EQ(roster_.entries().size(), burst.size()) << "they are still to be told of";
  pass({{0, 1, "/stays"}});
  EXPECT_EQ(roster_.entries().size(), 1U);
  EXPECT_EQ(roster_.find(0, 9'999), CgroupRoster::kUnknown);
  pass({{0, 1, "/stays"}, {0, 9'999, "/again"}});
  EXPECT_EQ(slot_of("/again"), 1U);
}

TEST_F(CgroupRosterTest, TheFirstPlaceIsTakenFirst) {
  pass({{0, 1, "/a"}, {0, 2, "/b"}, {0, 3, "/c"}, {0, 4, "/d"}});
  pass({{0, 4, "/d"}});
  pass({{0, 4, "/d"}, {0, 5, "/e"}});
  EXPECT_EQ(slot_of("/e"), 0U);
}

TEST_F(CgroupRosterTest, AnIncompletePassDropsNobody) {
  pass({{0, 10, "/a"}});
  pass({}, false);
  EXPECT_NE(at("/a"), nullptr);
  EXPECT_THAT(roster_.departed(), IsEmpty());
  pass({});
  EXPECT_EQ(at("/a"), nullptr);
}

TEST_F(CgroupRosterTest, WhoIsAskedForAgainBeginsAnewButIsNotBorn) {
  const std::vector<Directory> all{{0, 10, "/a"}, {1, 20, "/a"}, {0, 11, "/b"}};
  pass(all);
  const Slot before = slot_of("/a");
  roster_.ask_again("/a");
  EXPECT_TRUE(roster_.wants_pass());
  pass(all);
  EXPECT_FALSE(roster_.wants_pass());
  EXPECT_THAT(roster_.departed(), ElementsAre(AllOf(Field(&CgroupRoster::Departed::slot, before),
                                                    Field(&CgroupRoster::Departed::lives, true))));
  ASSERT_NE(at("/a"), nullptr);
  EXPECT_NE(slot_of("/a"), before) << "until the next pass the slot tells who departed";
  EXPECT_FALSE(at("/a")->born_under_watch);
  EXPECT_EQ(roster_.size(), 2U);
  pass(all);
  EXPECT_THAT(roster_.departed(), IsEmpty());
}

TEST_F(CgroupRosterTest, WhoWasNotAdmittedMayBeLater) {
  pass({{0, 10, "/system.slice"}, {0, 11, "/b"}});
  EXPECT_EQ(at("/system.slice"), nullptr);
  admits_all_ = true;
  pass({{0, 10, "/system.slice"}, {0, 11, "/b"}});
  EXPECT_EQ(at("/system.slice"), nullptr) << "the answer is kept";
  roster_.ask_again("/system.slice");
  pass({{0, 10, "/system.slice"}, {0, 11, "/b"}, {0, 12, "/c"}});
  ASSERT_NE(at("/system.slice"), nullptr);
  EXPECT_FALSE(at("/system.slice")->born_under_watch);
  EXPECT_TRUE(at("/c")->born_under_watch) << "but this one was";
}

TEST_F(CgroupRosterTest, ASlotStaysWithItsCgroupAndIsReusedOnlyLater) {
  pass({{0, 10, "/a"}, {0, 11, "/b"}});
  const Slot b = slot_of("/b");
  pass({{0, 11, "/b"}});
  EXPECT_EQ(slot_of("/b"), b);
  pass({{0, 11, "/b"}, {0, 12, "/c"}});
  EXPECT_EQ(slot_of("/b"), b);
  EXPECT_EQ(slot_of("/c"), 0U) << "the place that /a left in an earlier pass";
  EXPECT_EQ(roster_.entries().size(), 2U);
}

TEST_F(CgroupRosterTest, TheSamePathWithANewInodeIsAnotherLife) {
  pass({{0, 10, "/a"}});
  const Slot first = slot_of("/a");
  pass({{0, 20, "/a"}});
  EXPECT_EQ(at("/a")->id, CgroupId::of(0, 20));
  EXPECT_NE(slot_of("/a"), first) << "the slot tells this pass who departed";
  EXPECT_THAT(roster_.departed(), ElementsAre(Field(&CgroupRoster::Departed::slot, first)));
  EXPECT_THAT(roster_.arrived(), ElementsAre(slot_of("/a")));
  EXPECT_TRUE(at("/a")->born_under_watch);
  EXPECT_EQ(asked_["/a"], 2);
  EXPECT_EQ(roster_.size(), 1U);
}

TEST_F(CgroupRosterTest, JoinsHierarchiesByPath) {
  pass({{0, 10, "/a"}, {1, 50, "/a"}, {2, 50, "/a"}});
  EXPECT_EQ(roster_.size(), 1U);
  EXPECT_EQ(at("/a")->id, CgroupId::of(0, 10));
  EXPECT_EQ(at("/a")->inodes[1], 50U);
  EXPECT_EQ(at("/a")->inodes[2], 50U);
  EXPECT_EQ(at("/a")->inodes[3], 0U);
  EXPECT_EQ(asked_["/a"], 1);
}

TEST_F(CgroupRosterTest, AHierarchyThatComesLaterJoinsTheSameLife) {
  pass({{1, 50, "/a"}});
  pass({{0, 10, "/a"}, {1, 50, "/a"}});
  EXPECT_EQ(at("/a")->id, CgroupId::of(1, 50));
  EXPECT_EQ(at("/a")->inodes[0], 10U);
  EXPECT_THAT(roster_.arrived(), IsEmpty());
}

TEST_F(CgroupRosterTest, ARestartRebindsEveryHierarchy) {
  pass({{0, 10, "/a"}, {1, 50, "/a"}});
  pass({{0, 11, "/a"}, {1, 51, "/a"}});
  EXPECT_EQ(roster_.size(), 1U);
  EXPECT_EQ(at("/a")->id, CgroupId::of(0, 11));
  EXPECT_EQ(at("/a")->inodes[0], 11U);
  EXPECT_EQ(at("/a")->inodes[1], 51U);
  EXPECT_EQ(roster_.departed().size(), 1U);

  pass({{0, 11, "/a"}, {1, 51, "/a"}});
  EXPECT_THAT(roster_.arrived(), IsEmpty());
  EXPECT_THAT(roster_.departed(), IsEmpty());
}

TEST_F(CgroupRosterTest, ADirectoryMadeAnewInASecondHierarchyOnlyIsRebound) {
  pass({{0, 10, "/a"}, {1, 50, "/a"}});
  pass({{0, 10, "/a"}, {1, 51, "/a"}});
  EXPECT_EQ(at("/a")->id, CgroupId::of(0, 10));
  EXPECT_EQ(at("/a")->inodes[1], 51U);
  EXPECT_THAT(roster_.departed(), IsEmpty());
}

TEST_F(CgroupRosterTest, LivesAsLongAsOneHierarchyHasIt) {
  pass({{0, 10, "/a"}, {1, 50, "/a"}});
  pass({{1, 50, "/a"}});
  EXPECT_NE(at("/a"), nullptr);
  pass({});
  EXPECT_EQ(at("/a"), nullptr);
}

TEST_F(CgroupRosterTest, AnInodeWhoseSlotWentToAnotherCgroupIsUnknownAgain) {
  pass({{0, 10, "/a"}});
  pass({});
  pass({{0, 20, "/b"}});
  roster_.begin_pass();
  EXPECT_EQ(roster_.observe(0, 10), CgroupRoster::kUnknown);
  EXPECT_NE(roster_.observe(0, 20), CgroupRoster::kUnknown);
}

TEST_F(CgroupRosterTest, DeadInodesAreForgotten) {
  std::vector<Directory> crowd;
  for (std::uint64_t i = 0; i < 1000; ++i) crowd.push_back({0, 1000 + i, "/system/" + std::to_string(i)});
  pass(crowd);
  pass({});
  // Forgotten: the same inode is asked for again. Remembered, it would be uninteresting for ever.
  pass({{0, 1000, "/back"}});
  EXPECT_NE(at("/back"), nullptr);
}

TEST_F(CgroupRosterTest, AContainerCanBeRenamed) {
  pass({{0, 10, "/a"}});
  auto named = std::make_shared<Container>();
  named->name = "web";
  roster_.set_container(slot_of("/a"), named);
  pass({{0, 10, "/a"}});
  EXPECT_EQ(at("/a")->container->name, "web");
}

TEST_F(CgroupRosterTest, WhoCameAndWentBetweenTwoPassesIsToldOnce) {
  roster_.begin_pass();
  roster_.introduce_born(0, 5, "/a");
  roster_.introduce_born(1, 6, "/a");
  roster_.end_pass(true);
  ASSERT_THAT(roster_.departed(), testing::SizeIs(1));
  const CgroupRoster::Entry& entry = roster_.departed()[0].entry;
  EXPECT_EQ(entry.path, "/a");
  EXPECT_TRUE(entry.born_under_watch);
  EXPECT_EQ(entry.inodes[0], 5U);
  EXPECT_EQ(entry.inodes[1], 6U);
  EXPECT_EQ(roster_.size(), 0U);
  roster_.begin_pass();
  roster_.end_pass(true);
  EXPECT_THAT(roster_.departed(), IsEmpty());
}

TEST_F(CgroupRosterTest, WhoWasBornAndIsSeenLivesOn) {
  roster_.begin_pass();
  roster_.introduce_born(0, 5, "/a");
  EXPECT_NE(roster_.observe(0, 5), CgroupRoster::kUnknown);
  roster_.end_pass(true);
  EXPECT_THAT(roster_.departed(), IsEmpty());
  EXPECT_THAT(roster_.arrived(), ElementsAre(slot_of("/a")));
}

TEST_F(CgroupRosterTest, ALateNewsOfABirthKeepsNobodyAlive) {
  roster_.begin_pass();
  roster_.introduce(0, 5, "/a");
  roster_.end_pass(true);
  roster_.begin_pass();
  roster_.introduce_born(0, 5, "/a");
  roster_.end_pass(true);
  EXPECT_THAT(roster_.departed(), testing::SizeIs(1));
}

TEST_F(CgroupRosterTest, SeveralLivesOfOnePathBetweenTwoPassesAreSeveral) {
  roster_.begin_pass();
  for (std::uint64_t inode = 5; inode < 8; ++inode) roster_.introduce_born(0, inode, "/a");
  roster_.observe(0, 7);
  roster_.end_pass(true);
  EXPECT_THAT(roster_.departed(), testing::SizeIs(2));
  EXPECT_EQ(roster_.size(), 1U);
}

TEST_F(CgroupRosterTest, ARepeatedPassKeepsEverybodyAndBringsNobody) {
  pass({{0, 10, "/a"}, {0, 20, "/b"}});
  pass({{0, 10, "/a"}});
  EXPECT_THAT(roster_.departed(), testing::SizeIs(1));
  roster_.repeat_pass();
  EXPECT_THAT(roster_.arrived(), IsEmpty());
  EXPECT_THAT(roster_.departed(), IsEmpty());
  EXPECT_NE(at("/a"), nullptr);

  pass({{0, 10, "/a"}, {0, 30, "/c"}});
  EXPECT_NE(at("/a"), nullptr);
  EXPECT_TRUE(at("/c")->born_under_watch);
}

TEST(CgroupRoster, TellsGroupsFromContainers) {
  CgroupRoster roster([](std::string_view path, CgroupId) {
    auto container = std::make_shared<Container>();
    if (path.ends_with(".slice")) container->group = GroupKind::kSlice;
    return container;
  });
  const auto pass = [&](const std::vector<std::string>& paths) {
    roster.begin_pass();
    for (const std::string& path : paths) {
      const std::uint64_t inode = 10 + static_cast<unsigned char>(path[1]);
      if (roster.observe(0, inode) == CgroupRoster::kUnknown) roster.introduce(0, inode, path);
    }
    roster.end_pass(true);
  };
  pass({"/a.slice", "/b", "/c"});
  EXPECT_EQ(roster.size(), 3U);
  EXPECT_EQ(roster.containers(), 2U);
  pass({"/b"});
  EXPECT_EQ(roster.size(), 1U);
  EXPECT_EQ(roster.containers(), 1U);
}

}  // namespace
}  // namespace squid
