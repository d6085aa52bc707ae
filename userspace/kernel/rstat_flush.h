// RstatFlush: makes the kernel bring its cgroup counters up to date before they are read.
//
// The kernel collects CPU time and memory statistics per CPU, and sums them up when somebody reads them. The
// cheapest way to ask for it that holds no lock which the creation of a cgroup waits for is to read a file:
// the cpu.stat of a cgroup flushes everything below it, and that of the root flushes nothing, so there is one
// read for each cgroup right below the root. The root's memory.stat flushes the memory statistics of all.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.h"
#include "kernel/unique_fd.h"

namespace squid {

class RstatFlush {
 public:
  // Root directories of the hierarchy with the CPU times and of the one with the memory controller; negative
  // where there is none. They stay with the caller.
  RstatFlush(int cpu_root_fd, int memory_root_fd);

  void flush_cpu();
  void flush_memory();
  // To be called when a cgroup right below the root has come or gone.
  void list_top_level();

 private:
  struct TopLevel {
    std::string file;  // below the root
    UniqueFd fd;       // none when the limit on open files was reached: then opened for each flush
  };

  int cpu_root_fd_;
  std::vector<TopLevel> top_level_;
  UniqueFd memory_stat_;
};

}  // namespace squid
