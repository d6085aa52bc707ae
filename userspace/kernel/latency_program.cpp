#include "kernel/latency_program.h"

#include <cerrno>

#include "kernel/libbpf_log.h"
#include "kernel/load_skeleton.h"
#include "latency.skel.h"

namespace squid {

Result<std::unique_ptr<LatencyProgram>> LatencyProgram::load(const Options& options) {
  capture_libbpf_messages();
  latency_bpf* skeleton = latency_bpf::open();
  if (skeleton == nullptr) return errno_error("cannot open the BPF program for CPU latency", errno);
  std::unique_ptr<LatencyProgram> program(new LatencyProgram(skeleton));
  skeleton->rodata->has_own_hierarchy = options.version == CgroupVersion::kV1;
  const SlotArray<latency_slot>::Maps maps{.slots = skeleton->maps.slots,
                                           .free_slots = skeleton->maps.free_slots,
                                           .slot_of = skeleton->maps.slot_of};
  SlotArray<latency_slot>::set_size(maps, options.slots);
  if (auto loaded = load_skeleton(skeleton, "program for CPU latency"); !loaded) return loaded.error();
  if (auto opened = program->slots_.open(maps, &skeleton->bss->allocations, options.slots); !opened)
    return opened.error();
  if (latency_bpf::attach(skeleton) != 0)
    return errno_error("cannot attach the BPF program for CPU latency (" + libbpf_message() + ")", errno);
  return program;
}

LatencyProgram::~LatencyProgram() {
  latency_bpf::destroy(skeleton_);
}

std::uint64_t LatencyProgram::over_limit() const {
  return skeleton_->bss->no_slot;
}

}  // namespace squid
