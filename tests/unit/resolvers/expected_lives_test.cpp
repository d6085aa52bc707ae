// ContainerDirectory: who is told of as born before a pass meets it.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "resolvers/container_directory.h"

namespace squid {
namespace {

// "/box/ID" is a container that the runtime knows by another name in each of its lives.
struct Runtime {
  std::map<std::string, std::string> names;
  bool knows_boxes = true;
  bool has_found_more = false;
  int look_ups = 0;
};

class BoxResolver : public NameResolver {
 public:
  explicit BoxResolver(Runtime& known) : known_(known) {}
  std::string_view runtime() const override { return "box"; }
  std::optional<ContainerMatch> match(std::string_view path) const override {
    if (!known_.knows_boxes || !path.starts_with("/box/")) return std::nullopt;
    return ContainerMatch{.id = std::string(path.substr(5))};
  }
  Result<Description> describe(const std::string& id, std::string_view) override {
    ++known_.look_ups;
    const auto name = known_.names.find(id);
    if (name == known_.names.end()) return Error{"no container " + id};
    Description description;
    description.container.name = name->second;
    return description;
  }
  bool has_found_more() override { return std::exchange(known_.has_found_more, false); }

 private:
  Runtime& known_;
};

constexpr CgroupId kFirst = CgroupId::of(0, 5);
constexpr CgroupId kSecond = CgroupId::of(0, 6);

class ExpectedLivesTest : public testing::Test {
 protected:
  static std::vector<std::unique_ptr<NameResolver>> resolvers(Runtime& runtime) {
    std::vector<std::unique_ptr<NameResolver>> all;
    all.push_back(std::make_unique<BoxResolver>(runtime));
    return all;
  }
  std::string admitted(CgroupId id) {
    const auto container = directory_.admit("/box/1", id);
    return container ? container->name : "nobody";
  }
  void refresh() { directory_.refresh(++now_ns_, roster_); }

  Runtime runtime_;
  ContainerDirectory directory_{resolvers(runtime_), {.mode = ContainerDirectory::Mode::kContainers}};
  CgroupRoster roster_{[this](std::string_view path, CgroupId id) { return directory_.admit(path, id); }};
  std::uint64_t now_ns_ = 0;
};

TEST_F(ExpectedLivesTest, EachIsLookedUpAtOnceAndOnlyOnce) {
  runtime_.names["1"] = "web";
  EXPECT_NE(directory_.expect("/box/1", kFirst), nullptr);
  EXPECT_EQ(directory_.expect("/box/1", kFirst), nullptr);
  EXPECT_EQ(runtime_.look_ups, 1);
  runtime_.names.clear();
  EXPECT_EQ(admitted(kFirst), "web") << "although the runtime has forgotten it meanwhile";
  refresh();
  EXPECT_EQ(admitted(kFirst), "web") << "admitted in the pass after its birth";
  EXPECT_EQ(runtime_.look_ups, 1);
}

TEST_F(ExpectedLivesTest, TwoAtTheSamePathWithinAPassHaveTheirOwnNames) {
  runtime_.names["1"] = "web";
  directory_.expect("/box/1", kFirst);
  runtime_.names["1"] = "renamed";
  const auto born = directory_.expect("/box/1", kSecond);
  ASSERT_NE(born, nullptr) << "another life is another birth";
  EXPECT_EQ(born->name, "renamed");
  EXPECT_EQ(admitted(kFirst), "web");
  EXPECT_EQ(admitted(kSecond), "renamed");
  refresh();
  EXPECT_EQ(admitted(kFirst), "web");
  EXPECT_EQ(admitted(kSecond), "renamed");
  EXPECT_EQ(runtime_.look_ups, 2);
}

TEST_F(ExpectedLivesTest, TheRosterTellsThemApart) {
  runtime_.names["1"] = "web";
  directory_.expect("/box/1", kFirst);
  runtime_.names["1"] = "renamed";
  directory_.expect("/box/1", kSecond);
  roster_.begin_pass();
  roster_.introduce_born(0, 5, "/box/1");
  roster_.introduce_born(0, 6, "/box/1");
  roster_.observe(0, 6);
  roster_.end_pass(true);
  ASSERT_EQ(roster_.departed().size(), 1U);
  EXPECT_EQ(roster_.departed()[0].entry.container->name, "web");
  EXPECT_EQ(roster_.entries()[roster_.find("/box/1")].container->name, "renamed");
}

TEST_F(ExpectedLivesTest, DirectoriesInSeveralHierarchiesAreOneLife) {
  runtime_.names["1"] = "web";
  directory_.expect("/box/1", CgroupId::of(1, 5));
  EXPECT_EQ(directory_.expect("/box/1", CgroupId::of(2, 5)), nullptr);
  runtime_.names["1"] = "renamed";
  EXPECT_NE(directory_.expect("/box/1", CgroupId::of(1, 6)), nullptr);
  EXPECT_EQ(directory_.expect("/box/1", CgroupId::of(2, 6)), nullptr);
  EXPECT_EQ(admitted(CgroupId::of(2, 5)), "web");
  EXPECT_EQ(admitted(CgroupId::of(2, 6)), "renamed");
  EXPECT_EQ(admitted(CgroupId::of(0, 7)), "renamed") << "of which nobody told, beside the last that was told";
  EXPECT_EQ(runtime_.look_ups, 2);
}

TEST_F(ExpectedLivesTest, WhoIsMetBeforeItsBirthIsToldIsNotTakenForTheOneBefore) {
  runtime_.names["1"] = "web";
  directory_.expect("/box/1", kFirst);
  runtime_.names["1"] = "renamed";
  EXPECT_EQ(admitted(kSecond), "renamed");
}

TEST_F(ExpectedLivesTest, WhoWasNobodyIsAskedAboutAgainOnceMoreIsKnown) {
  runtime_.names["1"] = "web";
  runtime_.knows_boxes = false;
  EXPECT_EQ(directory_.expect("/box/1", kFirst), nullptr);
  const auto pass = [this] {
    roster_.begin_pass();
    if (roster_.observe(0, 5) == CgroupRoster::kUnknown) roster_.introduce(0, 5, "/box/1");
    roster_.end_pass(true);
  };
  pass();
  runtime_.knows_boxes = true;
  refresh();
  EXPECT_FALSE(roster_.wants_pass());
  EXPECT_EQ(admitted(kFirst), "nobody");
  runtime_.has_found_more = true;
  refresh();
  EXPECT_TRUE(roster_.wants_pass());
  pass();
  ASSERT_NE(roster_.find("/box/1"), CgroupRoster::kUnknown);
  EXPECT_EQ(roster_.entries()[roster_.find("/box/1")].container->name, "web");
}

}  // namespace
}  // namespace squid
