#include "resolvers/identity.h"

#include "support/identity_case.h"

namespace squid {
namespace {

TEST(IdentifyPath, TheWayUpAndSlashesDoNotCount) {
  for (const std::string& path :
       {"docker/" + kId, "/docker/" + kId + "/", "//docker//" + kId, "/../docker/" + kId,
        "/../../docker/" + kId, "../docker/" + kId, "/.././docker/" + kId}) {
    const Identity identity = identify_path(path);
    EXPECT_EQ(identity.id, kId) << path;
    EXPECT_EQ(identity.runtime, "docker") << path;
    EXPECT_FALSE(identity.nested) << path;
  }
  expect_identities("containerd", IdentityKind::kContainer,
                    {{"/../../default/redis", "redis"},
                     {"/../../pod" + kPod + "/" + kId, kId, false, kPod},
                     {"/../cri-containerd-" + kId + ".scope", kId}});
  expect_identities("docker", IdentityKind::kContainer, {{"/../" + kId, kId}});
  expect_nobody({"/..docker", "/.../default/redis"});
}

TEST(IdentifyPath, KindsHaveNames) {
  EXPECT_EQ(kind_name(IdentityKind::kNone), "none");
  EXPECT_EQ(kind_name(IdentityKind::kContainer), "container");
  EXPECT_EQ(kind_name(IdentityKind::kPod), "pod");
  EXPECT_EQ(kind_name(IdentityKind::kMachine), "machine");
  EXPECT_EQ(kind_name(IdentityKind::kUnit), "unit");
}

TEST(IdentifyPath, StrangeBytesAreOnlyBytes) {
  expect_nobody({std::string("\0", 1), "/\n", "/\xff\xfe", "/" + std::string(100'000, '/'), "/a\"b"});
  expect_identities("lxc", IdentityKind::kContainer,
                    {{"/lxc/\"\n\xff", "\"\n\xff"}, {std::string("/lxc/a\0b", 8), std::string("a\0b", 3)}});
}

TEST(IdentifyPath, LongPathsAreNoWork) {
  std::string path;
  for (int i = 0; i < 1000; ++i) path += "/" + kId;
  EXPECT_EQ(identify_path(path).id, kId);
  std::string slashes;
  for (int i = 0; i < 100'000; ++i) slashes += "/a";
  EXPECT_EQ(identify_path(slashes), Identity{});
}

}  // namespace
}  // namespace squid
