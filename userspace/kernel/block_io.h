// BlockIo: the BPF programs of bpf/block.bpf.c, loaded and attached. They count for every cgroup and device;
// slots() is where, in memory that is shared with the kernel. It knows cgroups by inode alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "bpf/block.h"
#include "core/result.h"
#include "kernel/mapped_array.h"
#include "kernel/unique_fd.h"

struct block_bpf;

namespace squid {

class BlockIo {
 public:
  struct Options {
    std::uint32_t slots = 1024;  // pairs of cgroup and device; 1.6 kB of kernel memory each
  };
  static Result<std::unique_ptr<BlockIo>> load(const Options& options);
  ~BlockIo();

  // All that were ever in use; the cgroup of a free one is 0.
  std::span<const block_slot> slots() const;
  // The cgroup is gone: what it counted is forgotten, and somebody else may have the slot.
  void release(std::size_t slot);
  const block_losses& losses() const;

 private:
  explicit BlockIo(block_bpf* skeleton) : skeleton_(skeleton) {}
  Result<void> fill_free_slots(std::uint32_t count);
  Result<void> attach();

  block_bpf* skeleton_;
  MappedArray slots_;
  std::uint32_t slot_count_ = 0;
};

}  // namespace squid
