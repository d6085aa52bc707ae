#include "kernel/block_io.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "block.skel.h"
#include "kernel/libbpf_log.h"

namespace squid {

Result<std::unique_ptr<BlockIo>> BlockIo::load(const Options& options) {
  capture_libbpf_messages();
  block_bpf* skeleton = block_bpf::open();
  if (skeleton == nullptr) return errno_error("cannot open the BPF programs for block I/O", errno);
  std::unique_ptr<BlockIo> block(new BlockIo(skeleton));
  block->slot_count_ = options.slots;
  bpf_map__set_max_entries(skeleton->maps.slots, options.slots);
  bpf_map__set_max_entries(skeleton->maps.free_slots, options.slots);
  bpf_map__set_max_entries(skeleton->maps.slot_of, options.slots);
  const int error = block_bpf::load(skeleton);
  malloc_trim(0);  // of the kernel's types, that libbpf has parsed and needs no more
  if (error != 0)
    return errno_error("the kernel cannot run our BPF programs for block I/O (" + libbpf_message() + ")",
                       -error);
  if (auto filled = block->fill_free_slots(options.slots); !filled) return filled.error();
  if (block_bpf::attach(skeleton) != 0)
    return errno_error("cannot attach the BPF programs for block I/O (" + libbpf_message() + ")", errno);
  return block;
}

BlockIo::~BlockIo() {
  block_bpf::destroy(skeleton_);
}

Result<void> BlockIo::fill_free_slots(std::uint32_t count) {
  // The last one in is the first one out.
  for (std::uint32_t slot = count; slot-- > 0;)
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.free_slots), nullptr, &slot, BPF_ANY) != 0)
      return errno_error("cannot fill a BPF map", errno);
  return slots_.cover(bpf_map__fd(skeleton_->maps.slots), count * sizeof(block_slot),
                      count * sizeof(block_slot));
}

std::span<const block_slot> BlockIo::slots() const {
  return {static_cast<const block_slot*>(slots_.data()), std::min(skeleton_->bss->allocations, slot_count_)};
}

void BlockIo::release(std::size_t slot) {
  const auto index = static_cast<std::uint32_t>(slot);
  const block_key key = slots()[slot].key;
  static constexpr block_slot kEmpty{};
  bpf_map_delete_elem(bpf_map__fd(skeleton_->maps.slot_of), &key);
  bpf_map_update_elem(bpf_map__fd(skeleton_->maps.slots), &index, &kEmpty, BPF_ANY);
  bpf_map_update_elem(bpf_map__fd(skeleton_->maps.free_slots), nullptr, &index, BPF_ANY);
}

const block_losses& BlockIo::losses() const {
  return skeleton_->bss->losses;
}

}  // namespace squid
