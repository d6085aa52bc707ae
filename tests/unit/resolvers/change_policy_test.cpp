// ContainerDirectory::change_policy(), as a roster and a discovery see it.
#include <gtest/gtest.h>

#include <map>

#include "resolvers/container_directory.h"

namespace squid {
namespace {

// "/box/ID" is a container whose name is its id, unless that begins with '?': then nobody knows.
class BoxResolver : public NameResolver {
 public:
  std::string_view runtime() const override { return "box"; }
  std::optional<ContainerMatch> match(std::string_view path) const override {
    if (!path.starts_with("/box/")) return std::nullopt;
    return ContainerMatch{.id = std::string(path.substr(5))};
  }
  Result<Description> describe(const std::string& id, std::string_view) override {
    if (id.starts_with('?')) return Error{"no container " + id};
    Description description;
    description.container.name = id;
    return description;
  }
};

std::vector<std::unique_ptr<NameResolver>> resolvers() {
  std::vector<std::unique_ptr<NameResolver>> all;
  all.push_back(std::make_unique<BoxResolver>());
  return all;
}

class ChangePolicyTest : public testing::Test {
 protected:
  using Mode = ContainerDirectory::Mode;

  static ContainerDirectory::Policy policy(const std::vector<std::string>& exclude,
                                           const std::string& rules = "", Mode mode = Mode::kContainers) {
    return {.mode = mode,
            .selection = ContainerSelection::parse({}, exclude).value(),
            .rules = rules.empty() ? NameRules() : NameRules::parse(rules).value()};
  }
  void pass(const std::vector<std::string>& paths = {"/box/web", "/box/db", "/box/?", "/system"}) {
    roster_.begin_pass();
    for (std::size_t i = 0; i < paths.size(); ++i)
      if (roster_.observe(0, i + 1) == CgroupRoster::kUnknown) roster_.introduce(0, i + 1, paths[i]);
    roster_.end_pass(true);
    directory_.refresh(++now_ns_, roster_);
  }
  std::map<std::string, std::string> watched() const {
    std::map<std::string, std::string> names;
    for (const CgroupRoster::Entry& entry : roster_.entries())
      if (entry.id.valid())
        names[entry.path] = entry.container->selected ? entry.container->series_name : "not told of";
    return names;
  }

  ContainerDirectory directory_{resolvers(), policy({})};
  CgroupRoster roster_{[this](std::string_view path, CgroupId id) { return directory_.admit(path, id); }};
  std::uint64_t now_ns_ = 0;
};

using Names = std::map<std::string, std::string>;

TEST_F(ChangePolicyTest, WhoIsExcludedIsLetGoAndTheOthersStayWhoTheyAre) {
  pass();
  pass();
  const CgroupRoster::Slot web = roster_.find("/box/web");
  directory_.change_policy(policy({"db"}), roster_);
  EXPECT_TRUE(roster_.wants_pass());
  EXPECT_TRUE(roster_.entries()[roster_.find("/box/db")].container->selected)
      << "what it did until now is told";
  pass();
  EXPECT_EQ(watched(), (Names{{"/box/web", ""}, {"/box/?", ""}}));
  ASSERT_EQ(roster_.departed().size(), 1U);
  EXPECT_TRUE(roster_.departed()[0].lives);
  EXPECT_EQ(roster_.find("/box/web"), web);
  EXPECT_TRUE(roster_.arrived().empty());
  EXPECT_FALSE(roster_.wants_pass());
}

TEST_F(ChangePolicyTest, WhoIsNotExcludedAnyMoreComesBackWithoutABirth) {
  directory_.change_policy(policy({"db", "?"}), roster_);
  pass();
  pass();
  EXPECT_EQ(watched(), (Names{{"/box/web", ""}, {"/box/?", "not told of"}}));
  directory_.change_policy(policy({}), roster_);
  EXPECT_EQ(watched(), (Names{{"/box/web", ""}, {"/box/?", ""}})) << "it was watched already";
  pass();
  EXPECT_EQ(watched(), (Names{{"/box/web", ""}, {"/box/db", ""}, {"/box/?", ""}}));
  EXPECT_FALSE(roster_.entries()[roster_.find("/box/db")].born_under_watch) << "it has a past";
}

TEST_F(ChangePolicyTest, RulesNameWhoIsThereAndNobodyElse) {
  pass();
  directory_.change_policy(policy({}, R"x([{"regexp": "w(.*)", "into": "x.$1", "category": "webs"}])x"),
                           roster_);
  EXPECT_EQ(watched().at("/box/web"), "x.eb");
  EXPECT_EQ(roster_.entries()[roster_.find("/box/web")].container->category, "webs");
  directory_.change_policy(policy({}), roster_);
  EXPECT_EQ(watched().at("/box/web"), "");
  EXPECT_EQ(roster_.entries()[roster_.find("/box/web")].container->category, "");
}

TEST_F(ChangePolicyTest, GroupsAreNeitherChosenNorRenamed) {
  const auto with_slices = [](ContainerDirectory::Policy policy) {
    policy.groups.slices = true;
    return policy;
  };
  ContainerDirectory directory(resolvers(), with_slices(policy({})));
  CgroupRoster roster([&](std::string_view path, CgroupId id) { return directory.admit(path, id); });
  const auto pass = [&] {
    roster.begin_pass();
    if (roster.observe(0, 1) == CgroupRoster::kUnknown) roster.introduce(0, 1, "/system.slice");
    roster.end_pass(true);
  };
  pass();
  const auto slice = roster.entries()[0].container;
  ASSERT_TRUE(slice->is_group());
  directory.change_policy(
      with_slices(policy({"*"}, R"x([{"regexp": "(.*)", "into": "x.$1", "category": "webs"}])x")), roster);
  pass();
  EXPECT_EQ(roster.entries()[0].container, slice);
  EXPECT_TRUE(roster.departed().empty());
}

TEST_F(ChangePolicyTest, ALateNameStillReachesTheRoster) {
  pass();
  directory_.change_policy(policy({}, R"([{"regexp": "x", "into": "y"}])"), roster_);
  EXPECT_EQ(directory_.unnamed(), 1U);
  pass();
  EXPECT_EQ(directory_.unnamed(), 1U) << "it is looked for under its new container";
}

TEST_F(ChangePolicyTest, OtherCgroupsComeAndGoWithTheirMode) {
  pass();
  directory_.change_policy(policy({}, "", Mode::kAll), roster_);
  pass();
  EXPECT_EQ(watched().size(), 4U);
  EXPECT_EQ(roster_.arrived().size(), 1U);
  EXPECT_TRUE(roster_.departed().empty());
  directory_.change_policy(policy({}), roster_);
  pass();
  EXPECT_EQ(watched().size(), 3U);
  directory_.change_policy(policy({}, "", Mode::kNone), roster_);
  pass();
  EXPECT_EQ(watched(), Names());
}

}  // namespace
}  // namespace squid
