#include "resolvers/docker_data_roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_docker_host.h"

namespace squid {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(ParseDockerdArguments, EveryWayToNameTheDataRoot) {
  EXPECT_EQ(parse_dockerd_arguments("/usr/bin/dockerd\0-H\0fd://\0"s).data_root, "");
  EXPECT_EQ(parse_dockerd_arguments("dockerd\0--data-root\0/srv/docker\0"s).data_root, "/srv/docker");
  EXPECT_EQ(parse_dockerd_arguments("dockerd\0--data-root=/srv/docker\0--debug\0"s).data_root, "/srv/docker");
  EXPECT_EQ(parse_dockerd_arguments("dockerd\0-g\0/srv/docker\0"s).data_root, "/srv/docker");
  EXPECT_EQ(parse_dockerd_arguments("dockerd\0-g/srv/docker\0"s).data_root, "/srv/docker");
  EXPECT_EQ(parse_dockerd_arguments("dockerd\0-g=/srv/docker\0"s).data_root, "/srv/docker");
  EXPECT_EQ(parse_dockerd_arguments("dockerd\0--graph\0/srv/docker"s).data_root, "/srv/docker");
  EXPECT_EQ(parse_dockerd_arguments("dockerd\0--graph=/srv/docker\0"s).data_root, "/srv/docker");
}

TEST(ParseDockerdArguments, OtherOptionsAreNotTaken) {
  EXPECT_EQ(parse_dockerd_arguments("dockerd\0--data-rooted\0/x\0--graphdriver=/y\0"s).data_root, "");
  EXPECT_EQ(parse_dockerd_arguments("dockerd\0--data-root\0"s).data_root, "");
  EXPECT_EQ(parse_dockerd_arguments("").data_root, "");
  const auto both = parse_dockerd_arguments("dockerd\0--config-file=/etc/d.json\0--data-root\0/srv\0"s);
  EXPECT_EQ(both.config_file, "/etc/d.json");
  EXPECT_EQ(both.data_root, "/srv");
}

TEST(ParseDaemonConfig, DataRootOldAndNew) {
  EXPECT_EQ(parse_daemon_config(R"({"data-root":"/srv/docker","debug":true})").value(), "/srv/docker");
  EXPECT_EQ(parse_daemon_config(R"({"graph":"/old"})").value(), "/old");
  EXPECT_EQ(parse_daemon_config("{}").value(), "");
  EXPECT_EQ(parse_daemon_config(R"({"data-root":7})").value(), "");
  EXPECT_FALSE(parse_daemon_config("").has_value());
  EXPECT_FALSE(parse_daemon_config("[]").has_value());
}

TEST(ComputeDockerdDefaults, RootlessDaemonsLiveInTheUsersHome) {
  EXPECT_EQ(compute_dockerd_defaults("HOME=/home/u\0PATH=/bin\0"s).data_root, "/var/lib/docker");
  const auto rootless = compute_dockerd_defaults("HOME=/home/u\0ROOTLESSKIT_STATE_DIR=/tmp/r\0"s);
  EXPECT_EQ(rootless.data_root, "/home/u/.local/share/docker");
  EXPECT_EQ(rootless.config_file, "/home/u/.config/docker/daemon.json");
  const auto moved = compute_dockerd_defaults(
      "HOME=/home/u\0ROOTLESSKIT_STATE_DIR=/tmp/r\0XDG_DATA_HOME=/data\0XDG_CONFIG_HOME=/conf\0broken"s);
  EXPECT_EQ(moved.data_root, "/data/docker");
  EXPECT_EQ(moved.config_file, "/conf/docker/daemon.json");
}

TEST(FindDockerDataRoots, WithoutADaemonTheHostsConfigurationDecides) {
  FakeDockerHost host;
  EXPECT_THAT(find_docker_data_roots(host.root()), ElementsAre(DataRoot{host.root(), "/var/lib/docker"}));
  host.write("/etc/docker/daemon.json", R"({"data-root":"/srv/docker"})");
  EXPECT_THAT(find_docker_data_roots(host.root()), ElementsAre(DataRoot{host.root(), "/srv/docker"}));
  host.write("/etc/docker/daemon.json", "{ broken");
  EXPECT_THAT(find_docker_data_roots(host.root()), ElementsAre(DataRoot{host.root(), "/var/lib/docker"}));
}

TEST(FindDockerDataRoots, EveryDaemonIsAskedInItsOwnFileSystem) {
  FakeDockerHost host;
  host.add_process(10, "dockerd", {"dockerd", "--data-root=/srv/docker"});
  host.add_process(11, "dockerd", {"dockerd", "--config-file", "/etc/second.json"});
  host.add_process(12, "dockerd", {"dockerd"});
  host.add_process(13, "dockerd-proxy", {"dockerd-proxy", "--data-root=/no"});
  host.add_process(14, "sh", {"dockerd", "--data-root=/no"});
  host.write("/proc/11/root/etc/second.json", R"({"data-root":"/second"})");

  const std::string proc = host.root() + "/proc/";
  EXPECT_THAT(find_docker_data_roots(host.root()),
              UnorderedElementsAre(DataRoot{proc + "10/root", "/srv/docker", proc + "10"},
                                   DataRoot{proc + "11/root", "/second", proc + "11"},
                                   DataRoot{proc + "12/root", "/var/lib/docker", proc + "12"}));
}

TEST(FindDockerDataRoots, ARelativeDataRootStartsWhereTheDaemonStarted) {
  FakeDockerHost host;
  host.add_process(10, "dockerd", {"dockerd", "--data-root", "data"});
  EXPECT_THAT(find_docker_data_roots(host.root()),
              ElementsAre(DataRoot{host.root() + "/proc/10/cwd", "data", host.root() + "/proc/10"}));
}

}  // namespace
}  // namespace squid
