// FakeHost: a host's file system in a temporary directory, with a /proc whose processes each have a root of
// their own.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace squid {

class FakeHost {
 public:
  const std::string& root() const { return directory_.path(); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root() + path).parent_path());
    std::ofstream(root() + path) << text;
  }

  void link(const std::string& path, const std::string& target) {
    std::filesystem::create_directories(std::filesystem::path(root() + path).parent_path());
    std::filesystem::remove(root() + path);
    std::filesystem::create_symlink(target, root() + path);
  }

  void remove(const std::string& path) { std::filesystem::remove_all(root() + path); }

  // Instead of what lies there, as programs do that want no reader to see half a file.
  void replace(const std::string& path, const std::string& text) {
    write(path + ".new", text);
    std::filesystem::rename(root() + path + ".new", root() + path);
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

  void end_process(int pid) { remove("/proc/" + std::to_string(pid)); }

 private:
  TempDir directory_;
};

}  // namespace squid
