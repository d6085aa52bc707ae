#include "resolvers/group_directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "resolvers/container_directory.h"

namespace squid {
namespace {

const std::string kUid = "8712f785-1a3e-41ec-a00b-e2dcc77431cb";
const std::string kPodPath =
    "/kubepods.slice/kubepods-besteffort.slice/"
    "kubepods-besteffort-pod8712f785_1a3e_41ec_a00b_e2dcc77431cb.slice";
const std::string kId(64, 'a');
const std::string kPauseId(64, 'b');
constexpr CgroupId kCgroup = CgroupId::of(0, 1);
constexpr GroupChoice kAll{.pods = true, .slices = true, .projects = true};

TEST(GroupDirectory, FindsNothingUnlessItIsAskedFor) {
  GroupDirectory none({});
  EXPECT_EQ(none.find(kPodPath), nullptr);
  EXPECT_EQ(none.find("/system.slice"), nullptr);
  Container member;
  member.labels["com.docker.compose.project"] = "shop";
  EXPECT_EQ(none.find_project(member), nullptr);
  EXPECT_EQ(GroupDirectory({.slices = true}).find(kPodPath), nullptr) << "a pod's slice is the pod";
  EXPECT_EQ(GroupDirectory({.pods = true}).find("/system.slice"), nullptr);
}

TEST(GroupDirectory, ASliceIsOneByItsPath) {
  GroupDirectory groups(kAll);
  const auto name = [&](std::string_view path) {
    const auto slice = groups.find(path);
    if (!slice) return std::string("-");
    EXPECT_EQ(slice->group, GroupKind::kSlice);
    EXPECT_EQ(slice->id, path);
    EXPECT_EQ(slice->cgroup_path, path);
    EXPECT_EQ(slice->runtime, "systemd");
    EXPECT_TRUE(slice->named && slice->selected);
    return slice->name;
  };
  EXPECT_EQ(name("/system.slice"), "system.slice");
  EXPECT_EQ(name("/kubepods.slice/kubepods-besteffort.slice"), "kubepods-besteffort.slice");
  EXPECT_EQ(name("/system.slice/system-serial\\x2dgetty.slice"), "system-serial-getty.slice");
  EXPECT_EQ(name("/user.slice/user-1000.slice/user@1000.service/app.slice"), "user@1000.service/app.slice");
  for (const std::string path : {"/system.slice/cron.service", "/user.slice/user-0.slice/session-1.scope",
                                 "/a", "/system.slice/x.mount", "/docker/slice"})
    EXPECT_EQ(name(path), "-") << path;
  EXPECT_EQ(name("/docker/" + kId + "/system.slice"), "-") << "what lies in a container is the container's";
}

TEST(GroupDirectory, APodIsShownByItsIdUntilAMemberTellsItsName) {
  GroupDirectory groups(kAll);
  CgroupRoster roster([&](std::string_view path, CgroupId) { return groups.find(path); });
  roster.begin_pass();
  roster.introduce(0, 5, kPodPath);
  roster.end_pass(true);
  const auto shown = [&] { return roster.entries()[0].container; };
  EXPECT_EQ(shown()->group, GroupKind::kPod);
  EXPECT_EQ(shown()->id, kUid);
  EXPECT_EQ(shown()->name, "8712f785-1a3");
  EXPECT_FALSE(shown()->named);

  Container member;
  member.pod = kUid;
  groups.learn_pod(kUid, member);  // knows no more than the path
  groups.learn_pod("another", member);
  groups.refresh(roster);
  EXPECT_FALSE(shown()->named);

  member.pod = "shop-0";
  member.kubernetes_namespace = "prod";
  groups.learn_pod(kUid, member);
  groups.refresh(roster);
  EXPECT_TRUE(shown()->named);
  EXPECT_EQ(shown()->name, "prod_shop-0");
  EXPECT_EQ(shown()->pod, "shop-0");
  EXPECT_EQ(shown()->kubernetes_namespace, "prod");
  EXPECT_EQ(shown()->id, kUid);
}

class ChosenPods : public testing::Test {
 protected:
  static ContainerSelection selection(const std::vector<std::string>& include,
                                      const std::vector<std::string>& exclude = {}) {
    return ContainerSelection::parse(include, exclude).value();
  }
  void meet_pod() {
    roster_.begin_pass();
    roster_.introduce(0, 5, kPodPath);
    roster_.end_pass(true);
  }
  void learn(const std::string& kubernetes_namespace, const std::string& pod) {
    Container member;
    member.pod = pod;
    member.kubernetes_namespace = kubernetes_namespace;
    groups_.learn_pod(kUid, member);
    groups_.refresh(roster_);
  }
  void change(ContainerSelection selection) { groups_.change_selection(std::move(selection), roster_); }
  bool is_told_of() const { return roster_.entries()[0].container->selected; }

  GroupDirectory groups_{kAll, selection({}, {"namespace=kube-*"})};
  CgroupRoster roster_{[this](std::string_view path, CgroupId) { return groups_.find(path); }};
};

TEST_F(ChosenPods, ByTheirNamespaceOnceItIsKnown) {
  meet_pod();
  EXPECT_TRUE(is_told_of()) << "what a pod does not have yet matches nothing";
  learn("kube-system", "dns-0");
  EXPECT_FALSE(is_told_of());
  EXPECT_EQ(roster_.entries()[0].container->name, "kube-system_dns-0");
}

TEST_F(ChosenPods, WhoseNameIsKnownBeforeTheyAreMet) {
  Container member;
  member.pod = "dns-0";
  member.kubernetes_namespace = "kube-system";
  groups_.learn_pod(kUid, member);
  meet_pod();
  EXPECT_FALSE(is_told_of());
}

TEST_F(ChosenPods, AnewWhenPatternsChange) {
  meet_pod();
  change(selection({"pod=shop-*"}));
  EXPECT_FALSE(is_told_of()) << "it goes by its id still";
  learn("prod", "shop-0");
  EXPECT_TRUE(is_told_of()) << "the name found the pod, though it was judged anew meanwhile";
  change(selection({"pod=shop-*"}, {"namespace=prod"}));
  EXPECT_FALSE(is_told_of());
  change(selection({}));
  EXPECT_TRUE(is_told_of());
}

TEST_F(ChosenPods, NotByWhatOnlyContainersHave) {
  meet_pod();
  change(selection({"web", "image=nginx:*"}, {"db", "label:noisy", "name=*"}));
  learn("prod", "shop-0");
  EXPECT_TRUE(is_told_of());
  change(selection({"web", "namespace=stage"}));
  EXPECT_FALSE(is_told_of());
}

TEST(GroupDirectory, APodOfPodmanHasNoNamespaceInItsName) {
  GroupDirectory groups(kAll);
  CgroupRoster roster([&](std::string_view path, CgroupId) { return groups.find(path); });
  roster.begin_pass();
  roster.introduce(0, 5, "/machine.slice/machine-libpod_pod_" + kId + ".slice");
  roster.end_pass(true);
  Container member;
  member.pod = "shop";
  groups.learn_pod(kId, member);
  groups.refresh(roster);
  EXPECT_EQ(roster.entries()[0].container->name, "shop");
  EXPECT_EQ(roster.entries()[0].container->runtime, "podman");
}

TEST(GroupDirectory, MembersOfAProjectShareIt) {
  GroupDirectory groups(kAll);
  Container web;
  web.runtime = "docker";
  web.labels = {{"com.docker.compose.project", "shop"}};
  Container db = web;
  db.labels = {{"io.podman.compose.project", "shop"}};
  Container elsewhere = web;
  elsewhere.runtime = "podman";
  Container nobodys = web;
  nobodys.labels = {{"com.docker.compose.project", ""}};

  const auto shop = groups.find_project(web);
  ASSERT_NE(shop, nullptr);
  EXPECT_EQ(shop->group, GroupKind::kCompose);
  EXPECT_EQ(shop->name, "shop");
  EXPECT_EQ(shop->id, "docker/shop");
  EXPECT_EQ(groups.find_project(db), shop);
  EXPECT_NE(groups.find_project(elsewhere), shop);
  EXPECT_EQ(groups.find_project(nobodys), nullptr);
}

TEST(GroupDirectory, ForgetsProjectsThatEnded) {
  GroupDirectory groups(kAll);
  for (int i = 0; i < 100'000; ++i) {
    Container job;
    job.labels = {{"com.docker.compose.project", fmt::format("ci-{}", i)}};
    EXPECT_NE(groups.find_project(job), nullptr);
    EXPECT_LE(groups.projects(), 64U);
  }
}

// Knows the containers of one pod.
class PodResolver : public NameResolver {
 public:
  std::string_view runtime() const override { return "containerd"; }
  std::optional<ContainerMatch> match(std::string_view path) const override {
    for (const std::string& id : {kId, kPauseId})
      if (path == kPodPath + "/cri-containerd-" + id + ".scope") return ContainerMatch{.id = id, .pod = kUid};
    return std::nullopt;
  }
  Result<Description> describe(const std::string& id, std::string_view) override {
    Description description;
    description.container.name = "web";
    description.container.pod = "shop-0";
    description.container.kubernetes_namespace = "prod";
    description.container.labels = {{"com.docker.compose.project", "shop"}};
    description.serves_pod = id == kPauseId;
    return description;
  }
};

ContainerDirectory make_directory(GroupChoice groups, ContainerDirectory::Mode mode) {
  std::vector<std::unique_ptr<NameResolver>> resolvers;
  resolvers.push_back(std::make_unique<PodResolver>());
  return {std::move(resolvers), {.mode = mode, .groups = groups}};
}

TEST(ContainerDirectoryGroups, WhatOnlyHoldsThePodTellsItsName) {
  ContainerDirectory directory = make_directory(kAll, ContainerDirectory::Mode::kContainers);
  CgroupRoster roster([&](std::string_view path, CgroupId id) { return directory.admit(path, id); });
  roster.begin_pass();
  roster.introduce(0, 5, kPodPath);
  roster.introduce(0, 6, kPodPath + "/cri-containerd-" + kPauseId + ".scope");
  roster.end_pass(true);
  directory.refresh(1, roster);
  ASSERT_EQ(roster.size(), 1U);
  EXPECT_EQ(roster.entries()[0].container->name, "prod_shop-0");
}

TEST(ContainerDirectoryGroups, AContainerKnowsItsProjectOnlyIfThatIsTold) {
  const std::string path = kPodPath + "/cri-containerd-" + kId + ".scope";
  const auto with = make_directory(kAll, ContainerDirectory::Mode::kContainers).admit(path, kCgroup);
  ASSERT_NE(with->project, nullptr);
  EXPECT_EQ(with->project->name, "shop");
  EXPECT_FALSE(with->is_group());
  EXPECT_EQ(make_directory({}, ContainerDirectory::Mode::kContainers).admit(path, kCgroup)->project, nullptr);
}

TEST(ContainerDirectoryGroups, AreAdmittedByModeAndChoice) {
  using Mode = ContainerDirectory::Mode;
  EXPECT_EQ(make_directory({}, Mode::kContainers).admit(kPodPath, kCgroup), nullptr);
  EXPECT_EQ(make_directory(kAll, Mode::kNone).admit(kPodPath, kCgroup), nullptr);
  EXPECT_EQ(make_directory(kAll, Mode::kContainers).admit("/system.slice", kCgroup)->group,
            GroupKind::kSlice);
  EXPECT_EQ(make_directory(kAll, Mode::kAll).admit("/system.slice", kCgroup)->group, GroupKind::kSlice);
  EXPECT_EQ(make_directory({}, Mode::kAll).admit("/system.slice", kCgroup)->group, GroupKind::kNone);
}

TEST(GroupDirectory, APodThatIsMetAfterItsContainerHasItsNameAtOnce) {
  GroupDirectory groups(kAll);
  CgroupRoster roster([&](std::string_view path, CgroupId) { return groups.find(path); });
  Container member;
  member.pod = "shop-0";
  groups.learn_pod(kUid, member);
  groups.refresh(roster);
  EXPECT_EQ(groups.find(kPodPath)->name, "shop-0");
}

TEST(GroupDirectory, WhoAsksAboutAPodOnceMoreTakesNothingAwayFromIt) {
  GroupDirectory groups(kAll);
  CgroupRoster roster([&](std::string_view path, CgroupId) { return groups.find(path); });
  roster.begin_pass();
  roster.introduce(0, 5, kPodPath);
  roster.end_pass(true);
  groups.find(kPodPath);  // another hierarchy has it too
  groups.refresh(roster);
  Container member;
  member.pod = "shop-0";
  groups.learn_pod(kUid, member);
  groups.refresh(roster);
  EXPECT_EQ(roster.entries()[0].container->name, "shop-0");
}

}  // namespace
}  // namespace squid
