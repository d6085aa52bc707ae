// NetworkPrograms: the BPF programs of bpf/network.bpf.c, loaded and attached to the root of cgroup v2. They
// count for every cgroup with sockets; slots() says whose numbers are where, in memory that is shared with
// the kernel. It knows cgroups by inode alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bpf/network.h"
#include "core/result.h"
#include "kernel/mapped_array.h"
#include "kernel/retired_slots.h"

struct bpf_link;
struct network_bpf;

namespace squid {

void add(network_counters& sum, const network_counters& part);

class NetworkPrograms {
 public:
  struct Options {
    std::uint32_t slots = 4096;  // cgroups with sockets; 72 bytes and 64 for each CPU of kernel memory each
  };
  // `cgroup_root_fd` stays the caller's.
  static Result<std::unique_ptr<NetworkPrograms>> load(int cgroup_root_fd, const Options& options);
  ~NetworkPrograms();

  // The cgroup of each slot that was ever in use; 0 where it is free.
  std::span<const std::uint64_t> owners() const;
  // All CPUs together.
  network_counters sum(std::uint32_t slot) const;
  // The cgroup is gone: what it counted is forgotten, and somebody else may have the slot after a while.
  void release(std::uint32_t slot);
  // Once in a while: gives those away that rested.
  void recycle();
  const network_losses& losses() const;

 private:
  explicit NetworkPrograms(network_bpf* skeleton) : skeleton_(skeleton) {}
  Result<void> prepare(std::uint32_t slots);
  Result<void> attach(int cgroup_root_fd);

  network_bpf* skeleton_;
  std::vector<bpf_link*> links_;
  MappedArray counters_;
  MappedArray owners_;
  RetiredSlots retired_;
  std::uint32_t slot_count_ = 0;
  std::uint32_t cpu_count_ = 0;
};

}  // namespace squid
