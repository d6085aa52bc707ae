#include "resolvers/container_directory.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <optional>
#include <set>

#include "resolvers/host_file.h"
#include "support/fake_host.h"

namespace squid {
namespace {

using Mode = ContainerDirectory::Mode;
constexpr std::uint64_t kMs = 1'000'000;
constexpr CgroupId kCgroup = CgroupId::of(0, 1);

// Knows the runtime "fake": "/box/ID" is a container, what is below it is nested.
struct FakeRuntime {
  std::map<std::string, std::string> names;  // by id
  std::set<std::string> pods;                // ids of containers that only hold a pod
  std::optional<NameFile> file;              // where all the names come from
  std::int64_t started_s = 0;                // of all of them
  int look_ups = 0;
};

class FakeResolver : public NameResolver {
 public:
  FakeResolver(FakeRuntime& runtime, std::string prefix) : runtime_(runtime), prefix_(std::move(prefix)) {}
  std::string_view runtime() const override { return "fake"; }
  std::optional<ContainerMatch> match(std::string_view path) const override {
    const auto start = path.find(prefix_);
    if (start == std::string_view::npos) return std::nullopt;
    const std::string_view rest = path.substr(start + prefix_.size());
    const auto slash = rest.find('/');
    return ContainerMatch{.id = std::string(rest.substr(0, slash)),
                          .nested = slash != std::string_view::npos};
  }
  Result<Description> describe(const std::string& id, std::string_view) override {
    ++runtime_.look_ups;
    const auto name = runtime_.names.find(id);
    if (name == runtime_.names.end()) return Error{"no container " + id, ENOENT};
    Description description;
    description.container.name = name->second;
    description.container.image = "image";
    description.container.started_s = runtime_.started_s;
    description.serves_pod = runtime_.pods.contains(id);
    description.file = runtime_.file;
    return description;
  }

 private:
  FakeRuntime& runtime_;
  std::string prefix_;
};

class ContainerDirectoryTest : public testing::Test {
 protected:
  ContainerDirectory make(Mode mode, ContainerSelection selection = {}) {
    std::vector<std::unique_ptr<NameResolver>> resolvers;
    resolvers.push_back(std::make_unique<FakeResolver>(runtime_, "/box/"));
    resolvers.push_back(std::make_unique<FakeResolver>(runtime_, "/can/"));
    return {std::move(resolvers), {.mode = mode, .selection = std::move(selection)}};
  }
  FakeRuntime runtime_;
};

TEST_F(ContainerDirectoryTest, AdmitsContainersUnderTheirNames) {
  runtime_.names["1"] = "web";
  ContainerDirectory directory = make(Mode::kContainers);
  const auto container = directory.admit("/box/1", kCgroup);
  ASSERT_NE(container, nullptr);
  EXPECT_EQ(container->id, "1");
  EXPECT_EQ(container->name, "web");
  EXPECT_EQ(container->runtime, "fake");
  EXPECT_EQ(container->image, "image");
  EXPECT_EQ(container->cgroup_path, "/box/1");
  EXPECT_TRUE(container->named);
  EXPECT_EQ(directory.unnamed(), 0U);
}

TEST_F(ContainerDirectoryTest, LeavesOutEverythingElse) {
  ContainerDirectory directory = make(Mode::kContainers);
  EXPECT_EQ(directory.admit("/system.slice", kCgroup), nullptr);
  EXPECT_EQ(directory.admit("/box/1/init", kCgroup), nullptr) << "its numbers are in the container's already";
  EXPECT_EQ(directory.admit("/box/1.mount", kCgroup), nullptr);
  EXPECT_EQ(runtime_.look_ups, 0);
}

TEST_F(ContainerDirectoryTest, AContainerInsideOfAnotherIsOne) {
  runtime_.names = {{"1", "outer"}, {"2", "inner"}};
  ContainerDirectory directory = make(Mode::kContainers);
  EXPECT_EQ(directory.admit("/box/1/can/2", kCgroup)->name, "inner");
  EXPECT_EQ(directory.admit("/can/1/box/2", kCgroup)->name, "inner") << "whatever the order of the resolvers";
  EXPECT_EQ(directory.admit("/box/1/can/2/init", kCgroup), nullptr);
}

TEST_F(ContainerDirectoryTest, WhatOnlyHoldsAPodIsNoContainer) {
  runtime_.names["1"] = "shop-0";
  runtime_.pods = {"1"};
  EXPECT_EQ(make(Mode::kContainers).admit("/box/1", kCgroup), nullptr);
  EXPECT_EQ(make(Mode::kAll).admit("/box/1", kCgroup)->runtime, "cgroup") << "but its cgroup is one";
}

TEST_F(ContainerDirectoryTest, ModeNoneWatchesNothing) {
  runtime_.names["1"] = "web";
  ContainerDirectory directory = make(Mode::kNone);
  EXPECT_EQ(directory.admit("/box/1", kCgroup), nullptr);
  EXPECT_EQ(directory.admit("/system.slice", kCgroup), nullptr);
}

TEST_F(ContainerDirectoryTest, ModeAllShowsPlainCgroupsByTheirPath) {
  runtime_.names["1"] = "web";
  ContainerDirectory directory = make(Mode::kAll);
  EXPECT_EQ(directory.admit("/box/1", kCgroup)->name, "web");
  for (const std::string path : {"/system.slice", "/box/1/init"}) {
    const auto plain = directory.admit(path, kCgroup);
    ASSERT_NE(plain, nullptr) << path;
    EXPECT_EQ(plain->runtime, "cgroup");
    EXPECT_EQ(plain->id, path);
    EXPECT_EQ(plain->name, path);
    EXPECT_EQ(plain->cgroup_path, path);
    EXPECT_TRUE(plain->named);
  }
  EXPECT_EQ(directory.admit("/system.slice/dev-hugepages.mount", kCgroup), nullptr);
}

TEST_F(ContainerDirectoryTest, AnUnknownContainerIsShownByItsShortId) {
  ContainerDirectory directory = make(Mode::kContainers);
  const auto container = directory.admit("/box/0123456789abcdef", kCgroup);
  ASSERT_NE(container, nullptr);
  EXPECT_EQ(container->id, "0123456789abcdef");
  EXPECT_EQ(container->name, "0123456789ab");
  EXPECT_FALSE(container->named);
  EXPECT_EQ(directory.unnamed(), 1U);
  EXPECT_EQ(directory.failures(), 1U);
  EXPECT_EQ(directory.last_error(), "no container 0123456789abcdef");
}

// The roster asks the directory for admission, and the directory names what it admitted.
class ContainerDirectoryRetryTest : public ContainerDirectoryTest {
 protected:
  void scan(const std::vector<std::pair<std::uint64_t, std::string>>& cgroups) {
    roster_.begin_pass();
    for (const auto& [inode, path] : cgroups)
      if (roster_.observe(0, inode) == CgroupRoster::kUnknown) roster_.introduce(0, inode, path);
    roster_.end_pass(true);
  }
  // Refreshes every 10 ms until `until_ns` and returns how often the runtime was asked.
  int look_ups_until(std::uint64_t until_ns) {
    const int before = runtime_.look_ups;
    for (; now_ns_ <= until_ns; now_ns_ += 10 * kMs) directory_.refresh(now_ns_, roster_);
    return runtime_.look_ups - before;
  }

  // Only containers called web-something.
  static ContainerSelection webs() { return ContainerSelection::parse({"web-*"}, {}).value(); }

  ContainerDirectory directory_ = make(Mode::kContainers);
  CgroupRoster roster_{[this](std::string_view path, CgroupId id) { return directory_.admit(path, id); }};
  std::uint64_t now_ns_ = 1000 * kMs;
};

TEST_F(ContainerDirectoryRetryTest, AsksAgainWithGrowingPauses) {
  scan({{5, "/box/1"}});
  EXPECT_EQ(look_ups_until(1240 * kMs), 0);
  EXPECT_EQ(look_ups_until(1250 * kMs), 1);
  EXPECT_EQ(look_ups_until(1740 * kMs), 0);
  EXPECT_EQ(look_ups_until(1750 * kMs), 1);
  EXPECT_EQ(look_ups_until(60'000 * kMs), 5) << "at 2.75, 4.75, 8.75, 16.75 and 32.75 s";
  EXPECT_EQ(look_ups_until(300'000 * kMs), 4) << "and then every 60 s from 64.75 s on";
  EXPECT_EQ(directory_.failures(), 12U);
}

TEST_F(ContainerDirectoryRetryTest, ALateNameReachesTheRoster) {
  scan({{5, "/box/1"}, {6, "/box/2"}});
  runtime_.names["2"] = "late";
  look_ups_until(1300 * kMs);
  EXPECT_EQ(roster_.entries()[0].container->name, "1");
  EXPECT_EQ(roster_.entries()[1].container->name, "late");
  EXPECT_TRUE(roster_.entries()[1].container->named);
  EXPECT_EQ(roster_.entries()[1].container->cgroup_path, "/box/2");
  EXPECT_EQ(directory_.unnamed(), 1U);
}

TEST_F(ContainerDirectoryRetryTest, WhoHasGoneIsNotAskedFor) {
  scan({{5, "/box/1"}});
  scan({});
  scan({});  // until now the roster tells who departed
  EXPECT_EQ(look_ups_until(10'000 * kMs), 0);
  EXPECT_EQ(directory_.unnamed(), 0U);
}

TEST_F(ContainerDirectoryRetryTest, ARenameIsNoticed) {
  FakeHost host;
  host.write("/names", "one");
  runtime_.file = NameFile{host.root(), "/names", stamp_host_file(host.root(), "/names").value()};
  runtime_.names = {{"1", "web"}, {"2", "db"}};
  scan({{5, "/box/1"}, {6, "/box/2"}});
  look_ups_until(25'000 * kMs);
  EXPECT_EQ(runtime_.look_ups, 2) << "a file that is as it was is not read";

  host.replace("/names", "two");
  runtime_.file->stamp = stamp_host_file(host.root(), "/names").value();
  runtime_.names["1"] = "renamed";
  runtime_.started_s = 7;
  look_ups_until(46'000 * kMs);
  EXPECT_EQ(runtime_.look_ups, 4);
  EXPECT_EQ(roster_.entries()[0].container->name + roster_.entries()[1].container->name, "renameddb");
  EXPECT_EQ(roster_.entries()[1].container->started_s, 7) << "so is a start that was told later";
  look_ups_until(90'000 * kMs);
  EXPECT_EQ(runtime_.look_ups, 4) << "and now it is known as it is";
}

TEST_F(ContainerDirectoryRetryTest, ANameLastsLongerThanItsFile) {
  FakeHost host;
  host.write("/names", "one");
  runtime_.file = NameFile{host.root(), "/names", stamp_host_file(host.root(), "/names").value()};
  runtime_.names["1"] = "web";
  scan({{5, "/box/1"}});
  host.remove("/names");
  runtime_.names.clear();
  look_ups_until(100'000 * kMs);
  EXPECT_EQ(roster_.entries()[0].container->name, "web");
  EXPECT_EQ(directory_.failures(), 0U);
  scan({});
  ASSERT_EQ(roster_.departed().size(), 1U);
  EXPECT_EQ(roster_.departed()[0].entry.container->name, "web") << "with which its last numbers are reported";
}

TEST_F(ContainerDirectoryRetryTest, AFewAtATime) {
  std::vector<std::pair<std::uint64_t, std::string>> cgroups;
  for (std::uint64_t i = 1; i <= 50; ++i) cgroups.emplace_back(i, "/box/" + std::to_string(i));
  scan(cgroups);
  for (std::uint64_t i = 1; i <= 50; ++i) runtime_.names[std::to_string(i)] = "late";
  runtime_.look_ups = 0;
  directory_.refresh(now_ns_, roster_);
  now_ns_ += 250 * kMs;
  directory_.refresh(now_ns_, roster_);
  EXPECT_EQ(runtime_.look_ups, 16);
  for (int i = 0; i < 3; ++i) directory_.refresh(now_ns_, roster_);
  EXPECT_EQ(runtime_.look_ups, 50);
  EXPECT_EQ(directory_.unnamed(), 0U);
}

TEST_F(ContainerDirectoryTest, WhoIsNotSelectedIsNotAdmitted) {
  runtime_.names = {{"1", "web-1"}, {"2", "db"}};
  const auto selection = ContainerSelection::parse({}, {"db", "/system.slice"}).value();
  ContainerDirectory directory = make(Mode::kAll, selection);
  EXPECT_EQ(directory.admit("/box/2", kCgroup), nullptr);
  EXPECT_EQ(directory.admit("/system.slice", kCgroup), nullptr) << "also where all cgroups are shown";
  ASSERT_NE(directory.admit("/box/1", kCgroup), nullptr);
  EXPECT_TRUE(directory.admit("/box/1", kCgroup)->selected);
}

TEST_F(ContainerDirectoryTest, RulesNameAndCountContainersButNotOtherCgroups) {
  runtime_.names["1"] = "shop.web.1";
  std::vector<std::unique_ptr<NameResolver>> resolvers;
  resolvers.push_back(std::make_unique<FakeResolver>(runtime_, "/box/"));
  const char* json = R"([{"regexp": "^shop[.](.*)[.]1", "into": "$1", "category": "shop"}])";
  ContainerDirectory directory(std::move(resolvers),
                               {.mode = Mode::kAll, .rules = NameRules::parse(json).value()});
  const auto container = directory.admit("/box/1", kCgroup);
  EXPECT_EQ(container->name, "shop.web.1") << "people see the real one";
  EXPECT_EQ(container->series_name, "web");
  EXPECT_EQ(container->category, "shop");
  EXPECT_EQ(directory.admit("/box/0123456789abcdef", kCgroup)->series_name, "0123456789ab");
  EXPECT_EQ(directory.admit("/a.slice", kCgroup)->series_name, "");
}

TEST_F(ContainerDirectoryRetryTest, AtLastTheRuntimeIsAskedOnceForEachContainer) {
  const std::string id(64, 'a');
  std::vector<std::string> asked;
  directory_.ask_at_last([&asked](const std::string& about) { asked.push_back(about); });
  runtime_.names["1"] = "known";
  scan({{5, "/box/" + id}, {6, "/box/1"}, {7, "/box/2"}});
  look_ups_until(10'000 * kMs);
  EXPECT_EQ(asked, std::vector<std::string>{id}) << "neither whose file tells it nor who has no such id";

  directory_.learn(id, Error{"no answer"});
  EXPECT_EQ(directory_.take_faults().back().message, "no answer");
  Description told;
  told.container.name = "told";
  directory_.learn(id, told);
  look_ups_until(10'100 * kMs);
  EXPECT_EQ(roster_.entries()[0].container->name, "told");
  EXPECT_EQ(roster_.entries()[0].container->id, id);
  EXPECT_TRUE(roster_.entries()[0].container->named);
  EXPECT_EQ(directory_.unnamed(), 1U);
}

// As ContainerDirectoryRetryTest, with --include 'web-*'.
class ContainerDirectorySelectionTest : public ContainerDirectoryRetryTest {
 protected:
  ContainerDirectorySelectionTest() {
    directory_ = make(Mode::kContainers, webs());
    host_.write("/names", "one");
    runtime_.file = NameFile{host_.root(), "/names", stamp()};
  }
  NameFile::Stamp stamp() const { return stamp_host_file(host_.root(), "/names").value(); }
  void rename(const std::string& id, const std::string& name) {
    runtime_.names[id] = name;
    host_.replace("/names", name);
    runtime_.file->stamp = stamp();
  }
  const CgroupRoster::Entry* at(std::string_view path) const {
    const auto slot = roster_.find(path);
    return slot == CgroupRoster::kUnknown ? nullptr : &roster_.entries()[slot];
  }

  FakeHost host_;
};

TEST_F(ContainerDirectorySelectionTest, UntilItsNameIsKnownAContainerIsWatchedAndNotTold) {
  scan({{5, "/box/1"}, {6, "/box/2"}});
  ASSERT_NE(at("/box/1"), nullptr);
  EXPECT_FALSE(at("/box/1")->container->selected);
  runtime_.names = {{"1", "web-1"}, {"2", "db"}};
  look_ups_until(1300 * kMs);
  EXPECT_TRUE(at("/box/1")->container->selected);
  EXPECT_EQ(at("/box/1")->container->name, "web-1");
  EXPECT_FALSE(at("/box/2")->container->selected);
  EXPECT_TRUE(roster_.wants_pass());
  scan({{5, "/box/1"}, {6, "/box/2"}});
  EXPECT_EQ(at("/box/2"), nullptr) << "and not watched any more";
  EXPECT_NE(at("/box/1"), nullptr);
}

TEST_F(ContainerDirectorySelectionTest, WhoIsExcludedIsReadOnceForAllHierarchies) {
  runtime_.names["1"] = "db";
  EXPECT_EQ(directory_.admit("/box/1", kCgroup), nullptr);
  EXPECT_EQ(directory_.admit("/box/1", kCgroup), nullptr);
  EXPECT_EQ(runtime_.look_ups, 1);
}

TEST_F(ContainerDirectorySelectionTest, WhatTheRuntimeToldIsKeptAlsoOfWhoIsNotSelected) {
  const std::string id(64, 'a');
  int asked = 0;
  directory_.ask_at_last([&asked](const std::string&) { ++asked; });
  scan({{5, "/box/" + id}});
  Description told;
  told.container.name = "db";
  directory_.learn(id, told);
  for (int i = 0; i < 3; ++i) {
    look_ups_until(now_ns_ + 300 * kMs);
    scan({{5, "/box/" + id}});
  }
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(at("/box/" + id)->container->selected);
}

TEST_F(ContainerDirectorySelectionTest, ARenameMaySelect) {
  runtime_.names["1"] = "db";
  scan({{5, "/box/1"}});
  EXPECT_EQ(at("/box/1"), nullptr);
  look_ups_until(25'000 * kMs);
  rename("1", "web-1");
  look_ups_until(46'000 * kMs);
  scan({{5, "/box/1"}});
  ASSERT_NE(at("/box/1"), nullptr);
  EXPECT_EQ(at("/box/1")->container->name, "web-1");
  EXPECT_FALSE(at("/box/1")->born_under_watch) << "what it did before is of no window";
}

TEST_F(ContainerDirectorySelectionTest, ARenameMayExclude) {
  runtime_.names["1"] = "web-1";
  scan({{5, "/box/1"}});
  look_ups_until(25'000 * kMs);
  rename("1", "db");
  look_ups_until(46'000 * kMs);
  EXPECT_FALSE(at("/box/1")->container->selected) << "from the moment on in which it is known";
  scan({{5, "/box/1"}});
  EXPECT_EQ(at("/box/1"), nullptr);
  ASSERT_EQ(roster_.departed().size(), 1U);
  EXPECT_TRUE(roster_.departed()[0].lives);
}

TEST_F(ContainerDirectorySelectionTest, AnExcludedContainerThatIsRemovedIsForgotten) {
  runtime_.names["1"] = "db";
  EXPECT_EQ(directory_.admit("/box/1", kCgroup), nullptr);
  host_.remove("/names");
  look_ups_until(25'000 * kMs);
  runtime_.names["1"] = "web-1";
  EXPECT_NE(directory_.admit("/box/1", kCgroup), nullptr) << "another container may have its id";
}

TEST_F(ContainerDirectorySelectionTest, AnExcludedContainerThatLeftTheListIsForgotten) {
  runtime_.names["1"] = "db";
  EXPECT_EQ(directory_.admit("/box/1", kCgroup), nullptr);
  runtime_.names.erase("1");
  for (const char* others : {"a list of others", "another list of others"})
    host_.write("/names", others), look_ups_until(now_ns_ + 25'000 * kMs);
  EXPECT_EQ(runtime_.look_ups, 2) << "at its birth, and when it was gone";
}

}  // namespace
}  // namespace squid
