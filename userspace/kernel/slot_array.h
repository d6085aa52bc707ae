// SlotArray: the userspace side of bpf/slots.h: the slots as plain memory, and the stack of free ones.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "kernel/mapped_array.h"
#include "kernel/retired_slots.h"

namespace squid {

template <typename Slot>
class SlotArray {
 public:
  struct Maps {
    bpf_map* slots;
    bpf_map* free_slots;
    bpf_map* slot_of;
  };

  // Before load.
  static void set_size(const Maps& maps, std::uint32_t count) {
    for (bpf_map* map : {maps.slots, maps.free_slots, maps.slot_of}) bpf_map__set_max_entries(map, count);
  }
  // After load, before any program is attached. `allocations` is the programs' variable.
  Result<void> open(const Maps& maps, const std::uint32_t* allocations, std::uint32_t count) {
    maps_ = maps;
    allocations_ = allocations;
    count_ = count;
    // The last one in is the first one out.
    for (std::uint32_t slot = count; slot-- > 0;)
      if (bpf_map_update_elem(bpf_map__fd(maps.free_slots), nullptr, &slot, BPF_ANY) != 0)
        return errno_error("cannot fill a BPF map", errno);
    return memory_.cover(bpf_map__fd(maps.slots), count * sizeof(Slot), count * sizeof(Slot));
  }

  // All that were ever in use; the cgroup of a free one is 0.
  std::span<const Slot> slots() const {
    return {static_cast<const Slot*>(memory_.data()), std::min(*allocations_, count_)};
  }
  // The cgroup is gone: what it counted is forgotten, and somebody else may have the slot after a while.
  void release(std::uint32_t slot) {
    const auto key = slots()[slot].key;
    bpf_map_delete_elem(bpf_map__fd(maps_.slot_of), &key);
    clear(slot);
    retired_.add(slot);
  }
  // Once in a while: gives those away that rested.
  void recycle() {
    retired_.take_rested([this](std::uint32_t slot) {
      clear(slot);
      bpf_map_update_elem(bpf_map__fd(maps_.free_slots), nullptr, &slot, BPF_ANY);
    });
  }

 private:
  void clear(std::uint32_t slot) {
    static constexpr Slot kEmpty{};
    bpf_map_update_elem(bpf_map__fd(maps_.slots), &slot, &kEmpty, BPF_ANY);
  }

  Maps maps_{};
  MappedArray memory_;
  RetiredSlots retired_;
  const std::uint32_t* allocations_ = nullptr;
  std::uint32_t count_ = 0;
};

}  // namespace squid
