// Workload: a child process that does something known inside a cgroup, and then stands still until it is
// ended.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>

#include "support/live_cgroup.h"

namespace squid {

class Workload {
 public:
  // What the child used inside the cgroup, as it knows itself.
  struct Truth {
    std::uint64_t cpu_ns = 0;
    std::uint64_t user_ns = 0;
    std::uint64_t kernel_ns = 0;
    // How long the entering took: the cgroup may have been charged for all of it, or nothing.
    std::uint64_t entering_ns = 0;
  };

  // Returns when `work` is done, or when the child died of it.
  Workload(const LiveCgroup& cgroup, const std::function<void()>& work);
  ~Workload();
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // Ends the child; once. Returns the CPU time of its whole life in nanoseconds, dying included, which takes
  // a large program a while.
  std::uint64_t end();

  bool alive() const { return alive_; }
  const Truth& truth() const { return truth_; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  bool alive_ = false;
  Truth truth_;
};

// Runs in user mode, then in kernel mode, each until it has used that much CPU time.
void burn_cpu(std::uint64_t user_ns, std::uint64_t kernel_ns);
// Maps and touches; stays until the process ends.
void allocate_anonymous(std::size_t bytes);
void allocate_shared(std::size_t bytes);
// Children that sleep until their parent is gone.
void fork_tasks(int count);

}  // namespace squid
