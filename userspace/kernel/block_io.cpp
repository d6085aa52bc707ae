#include "kernel/block_io.h"

#include <bpf/libbpf.h>
#include <malloc.h>

#include <cerrno>

#include "block.skel.h"
#include "kernel/libbpf_log.h"

namespace squid {

Result<std::unique_ptr<BlockIo>> BlockIo::load(const Options& options) {
  capture_libbpf_messages();
  block_bpf* skeleton = block_bpf::open();
  if (skeleton == nullptr) return errno_error("cannot open the BPF programs for block I/O", errno);
  std::unique_ptr<BlockIo> block(new BlockIo(skeleton));
  const SlotArray<block_slot>::Maps maps{.slots = skeleton->maps.slots,
                                         .free_slots = skeleton->maps.free_slots,
                                         .slot_of = skeleton->maps.slot_of};
  SlotArray<block_slot>::set_size(maps, options.slots);
  const int error = block_bpf::load(skeleton);
  malloc_trim(0);  // of the kernel's types, that libbpf has parsed and needs no more
  if (error != 0)
    return errno_error("the kernel cannot run our BPF programs for block I/O (" + libbpf_message() + ")",
                       -error);
  if (auto opened = block->slots_.open(maps, &skeleton->bss->allocations, options.slots); !opened)
    return opened.error();
  if (block_bpf::attach(skeleton) != 0)
    return errno_error("cannot attach the BPF programs for block I/O (" + libbpf_message() + ")", errno);
  return block;
}

BlockIo::~BlockIo() {
  block_bpf::destroy(skeleton_);
}

const block_losses& BlockIo::losses() const {
  return skeleton_->bss->losses;
}

}  // namespace squid
