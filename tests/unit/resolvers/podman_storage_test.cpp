#include "resolvers/podman_storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "support/fake_host.h"
#include "support/hostile_names.h"
#include "support/identity_case.h"

namespace squid {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ParseStoredContainers, AsPodmanWritesThem) {
  const auto found = parse_stored_containers(
      R"([{"id":"aa","names":["renamed"],"image":"f555","layer":"8459","created":"2026-11-21T08:20:37Z",
           "metadata":"{\"image-name\":\"localhost/busybox:latest\",\"image-id\":\"f555\",\"name\":\"web\"}",
           "flags":{"MountLabel":"","ProcessLabel":""}},
          {"id":"bb","metadata":"{\"name\":\"nameless\"}"},
          {"id":"cc","names":[],"metadata":"broken"},
          {"id":"dd","names":[7],"metadata":7},
          {"names":["no id"]}, 7, null])");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(*found, (std::vector<StoredContainer>{{"aa", "renamed", "localhost/busybox:latest"},
                                                  {"bb", "nameless", ""},
                                                  {"cc", "", ""},
                                                  {"dd", "", ""}}));
  EXPECT_TRUE(parse_stored_containers("[]").value().empty());
}

TEST(ParseStoredContainers, SaysWhatIsWrongAndQuotesNothing) {
  EXPECT_THAT(parse_stored_containers("top-secret").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(parse_stored_containers("top-secret").error().message, Not(HasSubstr("secret")));
  EXPECT_THAT(parse_stored_containers("{}").error().message, HasSubstr("not a list"));
}

TEST(ParseHome, OfTheUserWithThisNumber) {
  const std::string passwd =
      "root:x:0:0:root:/root:/bin/bash\nbroken\n:::::\nann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\n"
      "twice:x:1001:1:::\ntwice:x:1001:1::/home/second:\nlast:x:1002:1::/home/last";
  EXPECT_EQ(parse_home(passwd, "1000"), "/home/ann");
  EXPECT_EQ(parse_home(passwd, "1001"), "/home/second");
  EXPECT_EQ(parse_home(passwd, "1002"), "/home/last");
  EXPECT_FALSE(parse_home(passwd, "100").has_value());
  EXPECT_FALSE(parse_home("", "0").has_value());
}

TEST(FindStorage, OfRootAndOfUsers) {
  FakeHost host;
  host.write("/etc/passwd", "ann:x:1000:1000:Ann:/home/ann:/bin/sh\n");
  EXPECT_EQ(find_storage(host.root(), "").value().graph_root, "/var/lib/containers/storage");
  EXPECT_EQ(find_storage(host.root(), "0").value().graph_root, "/var/lib/containers/storage");
  EXPECT_EQ(find_storage(host.root(), "1000").value().graph_root,
            "/home/ann/.local/share/containers/storage");
  EXPECT_EQ(find_storage(host.root(), "1000").value().run_root, "/run/user/1000/containers");
  EXPECT_FALSE(find_storage(host.root(), "1001").has_value());
}

class StorageListsTest : public testing::Test {
 protected:
  void write_list(const std::string& path, const std::string& id, const std::string& name) {
    host_.replace(path, R"([{"id":")" + id + R"(","names":[")" + name + R"("]}])");
  }
  Result<StorageLists::Found> find(const std::string& id) {
    return lists_.find(place_, [&](const StoredContainer& container) { return container.id == id; });
  }

  FakeHost host_;
  StoragePlace place_{host_.root(), "/graph", "/run/graph"};
  StorageLists lists_;
};

TEST_F(StorageListsTest, EveryListOfEveryDriver) {
  write_list("/graph/overlay-containers/containers.json", "a", "stable");
  write_list("/graph/overlay-containers/volatile-containers.json", "b", "volatile");
  write_list("/run/graph/overlay-containers/volatile-containers.json", "c", "transient");
  write_list("/graph/vfs-containers/containers.json", "d", "slow");
  for (const auto& [id, name, folder] : std::vector<std::array<std::string, 3>>{{"a", "stable", "overlay"},
                                                                                {"b", "volatile", "overlay"},
                                                                                {"c", "transient", "overlay"},
                                                                                {"d", "slow", "vfs"}}) {
    const auto found = find(id);
    ASSERT_TRUE(found.has_value()) << id;
    EXPECT_EQ(found->container.name, name);
    EXPECT_EQ(found->folder, "/graph/" + folder + "-containers");
  }
  EXPECT_EQ(find("e").error().code, ENOENT);
}

TEST_F(StorageListsTest, AChangedListIsReadAgain) {
  const std::string path = "/graph/overlay-containers/containers.json";
  write_list(path, "a", "first");
  EXPECT_EQ(find("a")->container.name, "first");
  write_list(path, "a", "second");
  EXPECT_EQ(find("a")->container.name, "second");
  host_.remove(path);
  EXPECT_EQ(find("a").error().code, ENOENT);
}

TEST_F(StorageListsTest, ABrokenListHidesNoOther) {
  write_list("/graph/vfs-containers/containers.json", "a", "slow");
  host_.write("/graph/overlay-containers/containers.json", "[{");
  EXPECT_EQ(find("a")->container.name, "slow");
  EXPECT_THAT(find("b").error().message, HasSubstr("containers.json is not JSON"));
}

}  // namespace
}  // namespace squid
