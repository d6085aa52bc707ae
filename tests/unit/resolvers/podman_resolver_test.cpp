#include "resolvers/podman_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolvers/host_file.h"
#include "support/fake_host.h"
#include "support/identity_case.h"

namespace squid {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;
const std::string kScope = "/machine.slice/libpod-" + kId + ".scope";
const std::string kMe = std::to_string(geteuid());
const std::string kStorage = "/var/lib/containers/storage/overlay-containers";

class PodmanResolverTest : public testing::Test {
 protected:
  struct Stored {
    std::string id;
    std::string name;
  };
  void write_list(const std::string& folder, const std::vector<Stored>& containers) {
    std::string list;
    for (const Stored& container : containers)
      list += (list.empty() ? R"([{"id":")" : R"(,{"id":")") + container.id + R"(","names":[")" +
              container.name + R"("],"metadata":"{\"image-name\":\"localhost/busybox:latest\"}"})";
    host_.replace(folder + "/containers.json", list + "]");
  }
  void add_conmon(int pid, const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"conmon", "-c", kId};
    all.insert(all.end(), arguments.begin(), arguments.end());
    host_.add_process(pid, "conmon", all);
    host_.write("/proc/" + std::to_string(pid) + "/cgroup",
                "0::/machine.slice/libpod-conmon-" + kId + ".scope\n");
  }
  std::string name_of(const std::string& path) {
    const auto found = resolver_.describe(kId, path);
    return found ? found->container.name : "error: " + found.error().message;
  }

  FakeHost host_;
  std::uint64_t now_ns_ = kSecond;
  PodmanResolver resolver_{host_.root(), [this] { return now_ns_; }};
};

TEST_F(PodmanResolverTest, NamesRootsContainers) {
  write_list(kStorage, {{kOther, "db"}, {kId, "web"}});
  const auto found = resolver_.describe(kId, kScope);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(found->container.name, "web");
  EXPECT_EQ(found->container.image, "localhost/busybox:latest");
  EXPECT_EQ(found->container.pod, "");
  EXPECT_FALSE(found->serves_pod);
  ASSERT_TRUE(found->file.has_value());
  EXPECT_EQ(found->file->path, kStorage + "/containers.json");
  write_list(kStorage, {{kOther, "db"}, {kId, "renamed"}});
  EXPECT_EQ(name_of(kScope), "renamed");
}

TEST_F(PodmanResolverTest, NamesAUsersContainersFromHisHome) {
  host_.write("/etc/passwd", "root:x:0:0::/root:\nann:x:1000:1000:Ann:/home/ann:/bin/sh\n");
  write_list("/home/ann/.local/share/containers/storage/overlay-containers", {{kId, "hers"}});
  write_list(kStorage, {{kId, "root's"}});
  EXPECT_EQ(name_of(kUser + "/user.slice/libpod-" + kId + ".scope"), "hers");
  EXPECT_EQ(name_of(kScope), "root's");
}

TEST_F(PodmanResolverTest, TheConmonTellsWhereTheListIs) {
  add_conmon(5, {"-n", "old-name", "-b", "/srv/graph/vfs-containers/" + kId + "/userdata"});
  write_list("/proc/5/root/srv/graph/vfs-containers", {{kId, "web"}});
  EXPECT_EQ(name_of(kScope), "web");
}

TEST_F(PodmanResolverTest, WhereAConmonHasLedToOthersAreFoundWithoutOne) {
  add_conmon(5, {"-n", "web", "-b", "/srv/graph/overlay-containers/" + kId + "/userdata"});
  write_list("/srv/graph/overlay-containers", {{kId, "web"}, {kOther, "db"}});
  EXPECT_EQ(name_of(kScope), "web");
  host_.end_process(5);
  EXPECT_EQ(resolver_.describe(kOther, "/machine.slice/libpod-" + kOther + ".scope").value().container.name,
            "db");
  EXPECT_FALSE(resolver_.describe(kOther, kUser + "/libpod-" + kOther + ".scope").has_value())
      << "what root's conmon says is nothing to a user";
}

TEST_F(PodmanResolverTest, WithoutAListTheConmonsOwnArgument) {
  EXPECT_THAT(name_of(kScope), HasSubstr("error: podman keeps no such container below /var/lib/containers"));
  add_conmon(5, {"-n", "web", "-b", "/srv/elsewhere/userdata"});
  EXPECT_THAT(name_of(kScope), HasSubstr("error: ")) << "processes are looked through once a second";
  now_ns_ += kSecond;
  EXPECT_EQ(name_of(kScope), "web");
  EXPECT_EQ(name_of("/user.slice/user-" + kMe + ".slice/libpod-" + kId + ".scope"), "web");
}

TEST_F(PodmanResolverTest, AStrangersConmonNamesNothing) {
  add_conmon(5, {"-n", "evil"});
  host_.write("/proc/5/cgroup", "0::/docker/" + kOther + "\n");
  EXPECT_THAT(name_of("/user.slice/user-4711.slice/libpod-" + kId + ".scope"), HasSubstr("4711 has no home"));
}

TEST_F(PodmanResolverTest, APodGoesByTheHostNameOfItsInfraContainer) {
  const std::string infra = std::string(64, '0');
  const std::string slice = "/machine.slice/machine-libpod_pod_" + kOther + ".slice";
  write_list(kStorage, {{kId, "web"}, {infra, kOther.substr(0, 12) + "-infra"}});
  auto found = resolver_.describe(kId, slice + "/libpod-" + kId + ".scope");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->container.pod, "") << "which is to be read there";

  host_.write(kStorage + "/" + infra + "/userdata/config.json", R"({"hostname":"shop"})");
  found = resolver_.describe(kId, slice + "/libpod-" + kId + ".scope");
  EXPECT_EQ(found->container.pod, "shop");
  EXPECT_FALSE(found->serves_pod);
  found = resolver_.describe(infra, slice + "/libpod-" + infra + ".scope");
  EXPECT_EQ(found->container.name, "shop");
  EXPECT_TRUE(found->serves_pod);
}

TEST_F(PodmanResolverTest, WhatIsPlantedIsRefused) {
  const std::string file = kStorage + "/containers.json";
  host_.write(file, std::string(kLongestHostFileBytes + 1, ' '));
  EXPECT_THAT(name_of(kScope), HasSubstr("is larger than"));
  host_.write(file, R"([{"id":")" + kId + R"("}])");
  EXPECT_THAT(name_of(kScope), HasSubstr("has no name"));
  host_.link(file, "/dev/zero");
  EXPECT_THAT(name_of(kScope), HasSubstr("error: "));
  host_.remove(file);
  ASSERT_EQ(mkfifo((host_.root() + file).c_str(), 0600), 0);
  EXPECT_THAT(name_of(kScope), HasSubstr("is not a regular file"));
  EXPECT_FALSE(resolver_.describe("../../etc", kScope).has_value());
}

}  // namespace
}  // namespace squid
