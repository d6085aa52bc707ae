#include "resolvers/cgroup_path.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(CgroupPath, Elements) {
  EXPECT_EQ(last_element("a/b"), "b");
  EXPECT_EQ(last_element("a"), "a");
  EXPECT_EQ(last_element("a/"), "");
  EXPECT_EQ(last_element(""), "");
  EXPECT_EQ(parent_of("a/b/c"), "a/b");
  EXPECT_EQ(parent_of("a"), "");
  EXPECT_EQ(parent_of(""), "");
}

TEST(CgroupPath, Digits) {
  EXPECT_TRUE(is_number("0123"));
  EXPECT_FALSE(is_number(""));
  EXPECT_FALSE(is_number("12a"));
  EXPECT_TRUE(is_hex("09af", 4));
  EXPECT_FALSE(is_hex("09af", 3));
  EXPECT_FALSE(is_hex("09AF", 4));
  EXPECT_TRUE(is_container_id(std::string(64, 'a')));
  EXPECT_FALSE(is_container_id(std::string(63, 'a')));
  EXPECT_FALSE(is_container_id(std::string(65, 'a')));
  EXPECT_TRUE(is_uuid("8712f785-1a3e-41ec-a00b-e2dcc77431cb"));
  EXPECT_FALSE(is_uuid("8712f785-1a3e-41ec-a00b-e2dcc77431c"));
  EXPECT_FALSE(is_uuid("8712f785-1a3e-41ec-a00b-e2dcc77431cbb"));
  EXPECT_FALSE(is_uuid("8712f78501a3e041ec0a00b0e2dcc77431cb"));
  EXPECT_FALSE(is_uuid(""));
}

TEST(CgroupPath, Between) {
  EXPECT_EQ(between("docker-1.scope", "docker-", ".scope"), "1");
  EXPECT_EQ(between("docker-1", "docker-", ""), "1");
  EXPECT_EQ(between("docker-.scope", "docker-", ".scope"), std::nullopt);
  EXPECT_EQ(between("docker-1.slice", "docker-", ".scope"), std::nullopt);
  EXPECT_EQ(between("aba", "ab", "ba"), std::nullopt) << "they must not overlap";
}

TEST(CgroupPath, UnescapeUnit) {
  EXPECT_EQ(unescape_unit("a\\x2db\\x5c"), "a-b\\");
  EXPECT_EQ(unescape_unit("\\x2"), "\\x2");
  EXPECT_EQ(unescape_unit("\\xg0\\X2d\\"), "\\xg0\\X2d\\");
  EXPECT_EQ(unescape_unit("\\x5cx2d"), "\\x2d") << "once";
}

TEST(PathOfCgroupLine, EveryForm) {
  EXPECT_EQ(path_of_cgroup_line("0::/system.slice"), "/system.slice");
  EXPECT_EQ(path_of_cgroup_line("4:memory:/docker/1"), "/docker/1");
  EXPECT_EQ(path_of_cgroup_line("12:cpu,cpuacct:/docker/1"), "/docker/1");
  EXPECT_EQ(path_of_cgroup_line("1:name=systemd:/init.scope"), "/init.scope");
  EXPECT_EQ(path_of_cgroup_line("1:name=elogind:/1"), "/1");
  EXPECT_EQ(path_of_cgroup_line("0::/../../docker/1"), "/../../docker/1");
  EXPECT_EQ(path_of_cgroup_line("0::/"), "/");
  EXPECT_EQ(path_of_cgroup_line("3:pids:/system.slice:docker:1"), "/system.slice:docker:1");
  EXPECT_EQ(path_of_cgroup_line("0::/docker/1 (deleted)"), "/docker/1");
}

TEST(PathOfCgroupLine, OtherTextIsNone) {
  for (const char* text : {"", "/docker/1", "/0::/x", "system.slice:docker:1", "0:/x", "0::", "0::x", "::/x",
                           "a::/x", "1:memory", "-1::/x"})
    EXPECT_EQ(path_of_cgroup_line(text), std::nullopt) << text;
}

}  // namespace
}  // namespace squid
