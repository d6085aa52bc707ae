#include "kernel/rstat_flush.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string_view>
#include <utility>

namespace squid {
namespace {

UniqueFd open_file(int root_fd, const std::string& file) {
  return UniqueFd(openat(root_fd, file.c_str(), O_RDONLY | O_CLOEXEC));
}

// The kernel produces the whole text however little of it is asked for. A cgroup that is gone needs no flush,
// so there is no error to look at.
void touch(int fd) {
  char byte;
  [[maybe_unused]] const ssize_t size = pread(fd, &byte, 1, 0);
}

}  // namespace

RstatFlush::RstatFlush(int cpu_root_fd, int memory_root_fd) : cpu_root_fd_(cpu_root_fd) {
  if (memory_root_fd >= 0) memory_stat_ = open_file(memory_root_fd, "memory.stat");
  list_top_level();
}

void RstatFlush::flush_cpu() {
  for (const TopLevel& cgroup : top_level_) {
    if (cgroup.fd) {
      touch(cgroup.fd.get());
    } else if (const UniqueFd fd = open_file(cpu_root_fd_, cgroup.file)) {
      touch(fd.get());
    }
  }
}

void RstatFlush::flush_memory() {
  if (memory_stat_) touch(memory_stat_.get());
}

void RstatFlush::list_top_level() {
  if (cpu_root_fd_ < 0) return;
  top_level_.clear();
  const int root = openat(cpu_root_fd_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(fdopendir(root), closedir);
  if (!directory) return;
  while (const dirent* entry = readdir(directory.get())) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    std::string file = std::string(entry->d_name) + "/cpu.stat";
    UniqueFd fd = open_file(cpu_root_fd_, file);
    top_level_.push_back({.file = std::move(file), .fd = std::move(fd)});
  }
}

}  // namespace squid
