// CgroupWalk: the BPF programs of bpf/cgroup_walk.bpf.c, loaded. run() walks the hierarchies one after the
// other and leaves a record for each of their live cgroups in memory that is shared with the kernel. It knows
// no paths and no samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "bpf/record.h"
#include "core/result.h"
#include "kernel/mapped_array.h"
#include "kernel/unique_fd.h"

struct cgroup_walk_bpf;

namespace squid {

class CgroupWalk {
 public:
  struct Options {
    std::uint32_t records = 1024;  // of all hierarchies together; the kernel allocates them at once
    bool per_cpu = false;
  };
  static Result<std::unique_ptr<CgroupWalk>> load(const Options& options);
  ~CgroupWalk();

  // CPUs in core_times(); 0 where these are not supplied.
  std::uint32_t cpu_count() const { return cpu_count_; }

  // A result for each request, of which there are WALKS_MAX at most. Valid until the next run().
  Result<std::span<const walk_result>> run(std::span<const walk_request> requests);

  // Valid until the next run().
  std::span<const cgroup_record> records(std::size_t first, std::size_t count) const;
  // cpu_count() values for each record: nanoseconds on each CPU.
  std::span<const std::uint64_t> core_times(std::size_t record) const;

  // The statistics of one cgroup as they lie in the kernel's memory.
  Result<raw_memory_stat> observe_memory_stat(int cgroup_fd);
  void set_memory_stat_index(const memory_stat_index& index);
  const memory_stat_index& get_memory_stat_index() const;

 private:
  CgroupWalk(cgroup_walk_bpf* skeleton, const Options& options);
  Result<void> attach();
  Result<void> find_cpu_offsets(std::uint32_t cpus);
  Result<void> walk();
  Result<void> map_records(std::size_t count);

  cgroup_walk_bpf* skeleton_;
  Options options_;
  std::uint32_t cpu_count_ = 0;
  UniqueFd link_;      // of the walk
  UniqueFd iterator_;  // the one that is read now
  MappedArray records_;
  MappedArray core_times_;
};

}  // namespace squid
