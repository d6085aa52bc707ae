// compute_parity(): does a source tell the same as another one that is trusted? Pure.
//
// The trusted source reads before and after the tested one, all on the same live cgroups. A counter only
// grows, so the tested value has to lie between the two; a gauge has to lie between them as well, or close
// by.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/snapshot.h"

namespace squid {

enum class ParityVerdict : std::uint8_t {
  kAgrees,
  kDisagrees,
  kUnproven,  // no cgroup for which both had a value
};

struct GroupParity {
  ParityVerdict verdict = ParityVerdict::kUnproven;
  std::string reason;  // where it disagrees: the first value that was out of bounds
};

using ParityReport = std::array<GroupParity, kMetricGroupCount>;

// What the kernel itself allows two of its interfaces to differ by.
struct ParityTolerance {
  // CPU time is charged at every tick, and cgroup v1 shows user and kernel time in ticks of 10 ms.
  std::uint64_t cpu_ns = 20'000'000;
  // The split into user and kernel time depends on when the kernel was asked before. Nothing where the
  // trusted source tells what the ticks saw, as the files of cgroup v1 do: that is another number.
  std::optional<double> cpu_split = 0.02;
  // Charges are batched per CPU: 64 pages (MEMCG_CHARGE_BATCH) for each.
  std::uint64_t memory_bytes = 0;
  // cgroup v2 shows microseconds.
  std::uint64_t throttled_ns = 1000;
  // A source may read pressure more seldom than the rest, and the kernel adds to it in steps.
  std::uint64_t pressure_us = 10'000;

  static ParityTolerance of(unsigned cpus, std::uint64_t page_bytes) {
    return {.memory_bytes = std::uint64_t{64} * cpus * page_bytes};
  }
};

// The three snapshots share a roster that did not change meanwhile.
ParityReport compute_parity(const Snapshot& trusted_before, const Snapshot& tested,
                            const Snapshot& trusted_after, const ParityTolerance& tolerance);

}  // namespace squid
