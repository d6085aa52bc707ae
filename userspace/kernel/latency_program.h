// LatencyProgram: the BPF program of bpf/latency.bpf.c, loaded and attached.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "bpf/latency.h"
#include "core/result.h"
#include "core/topology.h"
#include "kernel/slot_array.h"

struct latency_bpf;

namespace squid {

class LatencyProgram {
 public:
  struct Options {
    CgroupVersion version = CgroupVersion::kV2;  // of the hierarchy with the cpu controller
    std::uint32_t slots = 4096;                  // cgroups; 0.8 kB of kernel memory each
  };
  static Result<std::unique_ptr<LatencyProgram>> load(const Options& options);
  ~LatencyProgram();
  LatencyProgram(const LatencyProgram&) = delete;
  LatencyProgram& operator=(const LatencyProgram&) = delete;

  std::span<const latency_slot> slots() const { return slots_.slots(); }
  void release(std::uint32_t slot) { slots_.release(slot); }
  void recycle() { slots_.recycle(); }
  // Switches of cgroups that found no slot.
  std::uint64_t over_limit() const;

 private:
  explicit LatencyProgram(latency_bpf* skeleton) : skeleton_(skeleton) {}

  latency_bpf* skeleton_;
  SlotArray<latency_slot> slots_;
};

}  // namespace squid
