// FakeDockerHost: a FakeHost with docker's files of its containers.
#pragma once

#include <string>

#include "support/fake_host.h"

namespace squid {

class FakeDockerHost : public FakeHost {
 public:
  // `data_root`: as seen from the host, e.g. "/var/lib/docker" or "/proc/10/root/srv/docker".
  void add_container(const std::string& data_root, const std::string& id, const std::string& name) {
    write(data_root + "/containers/" + id + "/config.v2.json",
          R"({"ID":")" + id + R"(","Name":"/)" + name +
              R"(","Config":{"Image":"busybox","Labels":{"tier":"web"}}})");
  }
};

}  // namespace squid
