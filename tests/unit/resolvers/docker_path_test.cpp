#include "resolvers/docker_path.h"

#include <gtest/gtest.h>

#include <string>

namespace squid {
namespace {

const std::string kId = "63425c4a8b4291744a79dd9011fddc7a1f8ffda61f65d72196aa01d00cae2e2d";
const std::string kOther = "26c927d78b3a0ac080354a74649d61cec26c3064426f6173b242356e75a324e3";

struct Case {
  std::string path;
  std::string id;  // empty: no match
  bool nested = false;
};

class DockerPath : public testing::TestWithParam<Case> {};

TEST_P(DockerPath, Match) {
  const Case& expected = GetParam();
  const auto match = match_docker_path(expected.path);
  ASSERT_EQ(match.has_value(), !expected.id.empty()) << expected.path;
  if (!match) return;
  EXPECT_EQ(match->id, expected.id) << expected.path;
  EXPECT_EQ(match->nested, expected.nested) << expected.path;
}

INSTANTIATE_TEST_SUITE_P(
    Containers, DockerPath,
    testing::Values(
        Case{"/docker/" + kId, kId}, Case{"/docker-ce/docker/" + kId, kId}, Case{"/" + kId, kId},
        Case{"/actions_job/" + kId, kId}, Case{"/system.slice/docker-" + kId + ".scope", kId},
        Case{"/machines.slice/deep.slice/docker-" + kId + ".scope", kId},
        Case{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + kId + ".scope", kId},
        Case{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod8712f785.slice/docker-" + kId +
                 ".scope",
             kId},
        Case{"/system.slice:docker:" + kId, kId},
        Case{"/ecs/test-ecs-classic/5a0d5ceddf6c44c1928d367a815d890f/" + kId, kId}));

INSTANTIATE_TEST_SUITE_P(
    Nested, DockerPath,
    testing::Values(Case{"/docker/" + kId + "/init", kId, true},
                    Case{"/system.slice/docker-" + kId + ".scope/init", kId, true},
                    Case{"/system.slice/docker-" + kId + ".scope/system.slice/ssh.service", kId, true},
                    Case{"/docker/" + kId + "/" + kOther, kId, true},
                    Case{"/system.slice/docker-" + kId +
                             ".scope/kubelet.slice/kubelet-kubepods.slice/cri-containerd-" + kOther +
                             ".scope",
                         kId, true},
                    // Docker inside of docker: the inner one is a container of its own.
                    Case{"/docker/" + kId + "/docker/" + kOther, kOther},
                    Case{"/docker/" + kId + "/docker/" + kOther + "/x", kOther, true},
                    Case{"/docker/" + kId + "/system.slice/docker-" + kOther + ".scope", kOther}));

INSTANTIATE_TEST_SUITE_P(
    Others, DockerPath,
    testing::Values(
        Case{"", ""}, Case{"/", ""}, Case{"/docker", ""}, Case{"/docker/", ""}, Case{"/system.slice", ""},
        Case{"/system.slice/var-lib-docker-containers-" + kId + "-shm.mount", ""},
        Case{"/docker/" + kId.substr(1), ""}, Case{"/docker/" + kId + "0", ""},
        Case{"/docker/25fzyxw5b" + kId.substr(9), ""}, Case{"/docker/" + kId.substr(0, 63) + "A", ""},
        Case{"/system.slice/docker-" + kId, ""}, Case{"/system.slice/docker-" + kId.substr(1) + ".scope", ""},
        Case{"/system.slice/docker-.scope", ""}, Case{"/system.slice/docker-.scop", ""},
        Case{"/system.slice/docker.service", ""}, Case{"/docker/buildkit/abcdefghijklmnopqrstuvwxy", ""},
        Case{"/machine.slice/libpod-" + kId + ".scope/container", ""},
        Case{"/machine.slice/libpod-conmon-" + kId + ".scope", ""}, Case{"/libpod_parent/libpod-" + kId, ""},
        Case{"/system.slice/cri-containerd-" + kId + ".scope", ""},
        Case{"/system.slice/crio-conmon-" + kId + ".scope", ""},
        Case{"/system.slice/nerdctl-" + kId + ".scope", ""},
        Case{"/kubepods/burstable/pod6a4ce4a0/" + kId, ""},
        Case{"/kubepods/besteffort/pod0d08203e/" + kId + "/kube-proxy", ""}, Case{"/default/" + kId, ""},
        Case{"/lxc.payload.first", ""}));

}  // namespace
}  // namespace squid
