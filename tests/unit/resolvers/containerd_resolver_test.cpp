#include "resolvers/containerd_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "resolvers/host_file.h"
#include "support/fake_host.h"
#include "support/identity_case.h"

namespace squid {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;
const std::string kTasks = "/run/containerd/io.containerd.runtime.v2.task";
const std::string kPodSlice = "/kubepods.slice/kubepods-pod" + kPodInSlice + ".slice";
const std::string kScope = kPodSlice + "/cri-containerd-" + kId + ".scope";

class ContainerdResolverTest : public testing::Test {
 protected:
  void add_bundle(const std::string& tasks, const std::string& task, const std::string& annotations) {
    host_.write(tasks + "/" + task + "/config.json", R"({"annotations":)" + annotations + "}");
  }
  void add_shim(int pid, const std::string& bundle) {
    host_.add_process(pid, "containerd-shim", {"containerd-shim-runc-v2"});
    host_.remove("/proc/" + std::to_string(pid) + "/cwd");
    host_.link("/proc/" + std::to_string(pid) + "/cwd", bundle);
  }
  std::string name_of(const std::string& id, const std::string& path) {
    const auto found = resolver_.describe(id, path);
    return found ? found->container.name : "error: " + found.error().message;
  }

  FakeHost host_;
  std::uint64_t now_ns_ = kSecond;
  ContainerdResolver resolver_{host_.root(), [this] { return now_ns_; }};
};

TEST_F(ContainerdResolverTest, NamesContainersOfKubernetes) {
  add_bundle(kTasks, "k8s.io/" + kId,
             R"({"io.kubernetes.cri.container-name":"nginx","io.kubernetes.cri.image-name":"nginx:1",
                 "io.kubernetes.cri.sandbox-name":"shop-0","io.kubernetes.cri.sandbox-namespace":"prod"})");
  const auto found = resolver_.describe(kId, kScope);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->container.name, "nginx");
  EXPECT_EQ(found->container.image, "nginx:1");
  EXPECT_EQ(found->container.pod, "shop-0");
  EXPECT_EQ(found->container.kubernetes_namespace, "prod");
  EXPECT_FALSE(found->serves_pod);
}

TEST_F(ContainerdResolverTest, WhatHoldsAPodIsKnownAsThePod) {
  add_bundle(kTasks, "k8s.io/" + kId,
             R"({"io.kubernetes.cri.container-type":"sandbox","io.kubernetes.cri.sandbox-name":"shop-0"})");
  const auto found = resolver_.describe(kId, kScope);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->serves_pod);
  EXPECT_EQ(found->container.pod, "shop-0");
}

TEST_F(ContainerdResolverTest, NamesOfNerdctlAndCtr) {
  add_bundle(kTasks, "default/" + kId, R"({"nerdctl/name":"redis"})");
  EXPECT_EQ(name_of(kId, "/system.slice/nerdctl-" + kId + ".scope"), "redis");
  EXPECT_EQ(name_of(kId, "/default/" + kId), "redis");
  add_bundle(kTasks, "default/web", "{}");
  EXPECT_EQ(name_of("web", "/default/web"), "web");
  EXPECT_EQ(name_of("no-bundle", "/default/no-bundle"), "no-bundle");
}

TEST_F(ContainerdResolverTest, TheSameShortIdInTwoNamespaces) {
  add_bundle(kTasks, "default/web", R"({"nerdctl/name":"first"})");
  add_bundle(kTasks, "prod/web", R"({"nerdctl/name":"second"})");
  EXPECT_EQ(name_of("web", "/default/web"), "first");
  EXPECT_EQ(name_of("web", "/prod/web"), "second");
}

TEST_F(ContainerdResolverTest, OtherNamespacesAreKnownByTheirBundles) {
  add_bundle(kTasks, "prod/web", "{}");
  const auto match = resolver_.match("/prod/web");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->id, "web");
  EXPECT_FALSE(match->nested);
  EXPECT_TRUE(resolver_.match("/prod/web/init")->nested);
  for (const std::string path : {"/prod", "/prod/db", "/test/web", "/prod/..", "/../prod", "/moby/web",
                                 "//web", "/", "", "/system.slice/web", "/prod/w\neb"})
    EXPECT_FALSE(resolver_.match(path).has_value()) << path;
}

TEST_F(ContainerdResolverTest, AnyContainerdIsFoundByItsShims) {
  const std::string tasks = "/srv/state/io.containerd.runtime.v2.task";
  EXPECT_FALSE(resolver_.match("/prod/web").has_value());
  add_shim(7, tasks + "/prod/web");
  host_.remove("/proc/7/root");
  host_.link("/proc/7/root", host_.root());
  add_bundle(tasks, "prod/web", R"({"nerdctl/name":"redis"})");
  now_ns_ += 30 * kSecond - 1;
  EXPECT_FALSE(resolver_.match("/prod/web").has_value()) << "processes are looked through now and then";
  now_ns_ += 1;
  EXPECT_TRUE(resolver_.match("/prod/web").has_value());
  EXPECT_EQ(name_of("web", "/prod/web"), "redis");
  host_.end_process(7);
  EXPECT_TRUE(resolver_.match("/prod/web").has_value()) << "also when the shim that led there has ended";
}

TEST_F(ContainerdResolverTest, WhoCameWhenNoSearchWasDueIsFoundByTheNext) {
  const std::string tasks = "/srv/state/io.containerd.runtime.v2.task";
  EXPECT_FALSE(resolver_.match("/some/folder").has_value()) << "which was looked for";
  now_ns_ += 30 * kSecond;
  EXPECT_FALSE(resolver_.has_found_more());
  EXPECT_FALSE(resolver_.match("/other/folder").has_value());
  add_shim(7, tasks + "/prod/web");
  host_.remove("/proc/7/root");
  host_.link("/proc/7/root", host_.root());
  add_bundle(tasks, "prod/web", "{}");
  EXPECT_FALSE(resolver_.match("/prod/web").has_value());
  now_ns_ += 30 * kSecond - 1;
  EXPECT_FALSE(resolver_.has_found_more()) << "processes are looked through now and then";
  now_ns_ += 1;
  EXPECT_TRUE(resolver_.has_found_more());
  EXPECT_FALSE(resolver_.has_found_more()) << "once";
  EXPECT_TRUE(resolver_.match("/prod/web").has_value());
}

TEST_F(ContainerdResolverTest, AnybodysSearchIsOneForAllWhoCameBefore) {
  const std::string tasks = "/srv/state/io.containerd.runtime.v2.task";
  EXPECT_FALSE(resolver_.match("/some/folder").has_value());
  EXPECT_FALSE(resolver_.match("/prod/web").has_value());
  add_shim(7, tasks + "/prod/web");
  host_.remove("/proc/7/root");
  host_.link("/proc/7/root", host_.root());
  add_bundle(tasks, "prod/web", "{}");
  add_bundle(tasks, "k8s.io/" + kId, R"({"io.kubernetes.cri.container-name":"nginx"})");
  EXPECT_EQ(name_of(kId, kScope), "nginx");
  EXPECT_TRUE(resolver_.has_found_more());
}

TEST_F(ContainerdResolverTest, NobodyIsLookedForInVain) {
  const std::string tasks = "/srv/state/io.containerd.runtime.v2.task";
  EXPECT_FALSE(resolver_.match("/some/folder").has_value()) << "which was looked for";
  add_shim(7, tasks + "/prod/web");
  host_.remove("/proc/7/root");
  host_.link("/proc/7/root", host_.root());
  now_ns_ += 60 * kSecond;
  EXPECT_FALSE(resolver_.has_found_more());
  add_bundle(tasks, "prod/web", "{}");
  EXPECT_TRUE(resolver_.match("/prod/web").has_value()) << "for nobody else has spent the search";
}

TEST_F(ContainerdResolverTest, ABundleTellsWhoseABareIdIs) {
  EXPECT_FALSE(resolver_.match("/prod/" + kId).has_value());
  add_bundle(kTasks, "prod/" + kId, "{}");
  add_bundle(kTasks, "docker/" + kId, "{}");
  EXPECT_EQ(resolver_.match("/prod/" + kId)->id, kId);
  EXPECT_FALSE(resolver_.match("/prod/" + kOther).has_value());
  EXPECT_FALSE(resolver_.match("/docker/" + kId).has_value()) << "the folder that docker takes";
  EXPECT_FALSE(resolver_.match("/prod/web").has_value());
  EXPECT_FALSE(resolver_.has_found_more());
}

TEST_F(ContainerdResolverTest, ItsConfigurationTellsWhereItsTasksAre) {
  host_.write("/etc/containerd/config.toml", "state = '/srv/state'\n");
  const ContainerdResolver resolver(host_.root(), [this] { return now_ns_; });
  EXPECT_FALSE(resolver.match("/some/folder").has_value());
  add_bundle("/srv/state/io.containerd.runtime.v2.task", "prod/web", "{}");
  EXPECT_TRUE(resolver.match("/prod/web").has_value()) << "before any search";
}

TEST_F(ContainerdResolverTest, AFileSystemOfAProcessNamesButAddsNothing) {
  const std::string tasks = "/srv/state/io.containerd.runtime.v2.task";
  add_shim(7, tasks + "/prod/web");
  add_bundle("/proc/7/root" + tasks, "prod/web", "{}");
  add_bundle("/proc/7/root" + tasks, "k8s.io/" + kId, R"({"io.kubernetes.cri.container-name":"inner"})");
  EXPECT_EQ(name_of(kId, kScope), "inner");
  EXPECT_FALSE(resolver_.match("/prod/web").has_value());
}

TEST_F(ContainerdResolverTest, TheKubeletsLogsAreTheFallback) {
  EXPECT_THAT(name_of(kId, kScope), HasSubstr("error: containerd keeps no bundle of " + kId.substr(0, 12)));
  host_.link("/var/log/containers/shop-0_prod_nginx-" + kId + ".log", "/var/log/pods/x/0.log");
  EXPECT_EQ(name_of(kId, kScope), "nginx");
  add_bundle(kTasks, "k8s.io/" + kId, "{}");
  EXPECT_EQ(name_of(kId, kScope), "nginx") << "also where the bundle tells nothing";
}

TEST_F(ContainerdResolverTest, ABundleWithoutANameIsNoFailure) {
  add_bundle(kTasks, "buildkit/" + kId, "{}");
  EXPECT_EQ(name_of(kId, kScope), "");
  add_bundle(kTasks, "moby/" + kOther, R"({"nerdctl/name":"docker's"})");
  EXPECT_THAT(name_of(kOther, "/default/" + kOther), HasSubstr("error: containerd keeps no bundle"));
}

TEST_F(ContainerdResolverTest, WhatIsPlantedIsRefused) {
  const std::string file = kTasks + "/k8s.io/" + kId + "/config.json";
  host_.write(file, "{");
  EXPECT_THAT(name_of(kId, kScope), HasSubstr("config.json is not JSON"));
  host_.write(file, std::string(kLongestHostFileBytes + 1, ' '));
  EXPECT_THAT(name_of(kId, kScope), HasSubstr("is larger than"));
  host_.link(file, "/dev/zero");
  EXPECT_THAT(name_of(kId, kScope), HasSubstr("error: "));
  host_.remove(file);
  ASSERT_EQ(mkfifo((host_.root() + file).c_str(), 0600), 0);
  EXPECT_THAT(name_of(kId, kScope), HasSubstr("is not a regular file"));
  EXPECT_THAT(name_of("../../k8s.io", "/default/../../k8s.io"), HasSubstr("error: "));
}

}  // namespace
}  // namespace squid
