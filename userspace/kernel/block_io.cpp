#include "kernel/block_io.h"

#include <bpf/libbpf.h>

#include <cerrno>

#include "block.skel.h"
#include "kernel/libbpf_log.h"
#include "kernel/load_skeleton.h"

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
  if (auto loaded = load_skeleton(skeleton, "programs for block I/O"); !loaded) return loaded.error();
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
