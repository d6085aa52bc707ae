// FakeDockerHost: a FakeHost with docker's files of its containers.
#pragma once

#include <string>

#include "support/fake_host.h"

namespace squid {

class FakeDockerHost : public FakeHost {
 public:
  // Beside its containers, so that it may name them also where it is not root who runs the test.
  void add_daemon(int pid, const std::vector<std::string>& arguments) {
    add_process(pid, "dockerd", arguments);
    write("/proc/" + std::to_string(pid) + "/cgroup", "0::/docker/daemon\n");
  }
  // `data_root`: as seen from the host, e.g. "/var/lib/docker" or "/proc/10/root/srv/docker".
  void add_container(const std::string& data_root, const std::string& id, const std::string& name) {
    write(data_root + "/containers/" + id + "/config.v2.json",
          R"({"ID":")" + id + R"(","Name":"/)" + name +
              R"(","Config":{"Image":"busybox","Labels":{"tier":"web"}}})");
  }
};

}  // namespace squid
