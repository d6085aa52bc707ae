// BlockIo: the BPF programs of bpf/block.bpf.c, loaded and attached. They count for every cgroup and device;
// slots() is where, in memory that is shared with the kernel. It knows cgroups by inode alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "bpf/block.h"
#include "core/result.h"
#include "kernel/slot_array.h"

struct block_bpf;

namespace squid {

class BlockIo {
 public:
  struct Options {
    std::uint32_t slots = 1024;  // pairs of cgroup and device; 1.6 kB of kernel memory each
  };
  static Result<std::unique_ptr<BlockIo>> load(const Options& options);
  ~BlockIo();

  std::span<const block_slot> slots() const { return slots_.slots(); }
  void release(std::uint32_t slot) { slots_.release(slot); }
  void recycle() { slots_.recycle(); }
  const block_losses& losses() const;

 private:
  explicit BlockIo(block_bpf* skeleton) : skeleton_(skeleton) {}

  block_bpf* skeleton_;
  SlotArray<block_slot> slots_;
};

}  // namespace squid
