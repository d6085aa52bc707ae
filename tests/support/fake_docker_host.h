// FakeDockerHost: a host's file system in a temporary directory, with a /proc whose processes each have a
// root of their own, and docker's files of its containers.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace squid {

class FakeDockerHost {
 public:
  const std::string& root() const { return directory_.path(); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root() + path).parent_path());
    std::ofstream(root() + path) << text;
  }

  void add_process(int pid, const std::string& comm, const std::vector<std::string>& arguments) {
    const std::string process = "/proc/" + std::to_string(pid);
    std::string cmdline;
    for (const std::string& argument : arguments) cmdline += argument + '\0';
    write(process + "/comm", comm + "\n");
    write(process + "/cmdline", cmdline);
    std::filesystem::create_directories(root() + process + "/root");
    std::filesystem::create_directories(root() + process + "/cwd");
  }

  void end_process(int pid) { std::filesystem::remove_all(root() + "/proc/" + std::to_string(pid)); }

  // `data_root`: as seen from the host, e.g. "/var/lib/docker" or "/proc/10/root/srv/docker".
  void add_container(const std::string& data_root, const std::string& id, const std::string& name) {
    write(data_root + "/containers/" + id + "/config.v2.json",
          R"({"ID":")" + id + R"(","Name":"/)" + name +
              R"(","Config":{"Image":"busybox","Labels":{"tier":"web"}}})");
  }

 private:
  TempDir directory_;
};

}  // namespace squid
