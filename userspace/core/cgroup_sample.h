// CgroupSample: what the kernel said about one cgroup at one instant. Plain data; any field may be missing.
// Sources fill it, derive_fields() adds what follows from the fields alone, compute_rates() compares two of
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/cgroup_id.h"
#include "core/reading.h"

namespace squid {

// Fields that come from one place in the kernel, and therefore arrive, are missing or are distrusted
// together.
enum class MetricGroup : std::uint8_t {
  kCpu,
  kThrottling,
  kMemory,        // page counters: usage, limit, peak
  kMemoryStat,    // the breakdown: anon, file, ...
  kMemoryEvents,  // reclaim and OOM events
  kPids,
  kPressure,
  kPerCpu,
  kIo,       // of all block devices that are not made of others
  kSockets,  // what its sockets sent and received
  kNetwork,  // what the interfaces of its network namespace did
  kLatency,  // how its tasks got their CPUs
};
inline constexpr std::size_t kMetricGroupCount = 12;

inline constexpr std::array<std::string_view, kMetricGroupCount> kMetricGroupNames{
    "cpu",      "throttling", "memory", "memory_stat", "memory_events", "pids",
    "pressure", "per_cpu",    "io",     "sockets",     "network",       "latency"};

constexpr std::string_view group_name(MetricGroup group) {
  return kMetricGroupNames[static_cast<std::size_t>(group)];
}

struct CgroupSample {
  CgroupId id;

  // CLOCK_MONOTONIC at which each group was read. One time for a whole pass would distort the rates of a slow
  // one.
  std::array<std::uint64_t, kMetricGroupCount> taken_ns{};

  Reading cpu_total_ns;
  Reading cpu_user_ns;
  Reading cpu_kernel_ns;

  Reading cpu_limit_ns_per_s;  // quota over period; absent without a quota
  Reading cpu_periods;
  Reading cpu_throttled_periods;
  Reading cpu_throttled_ns;

  Reading cpu_wait_ns;
  Reading cpu_involuntary_switches;

  Reading memory_usage_bytes;
  Reading memory_limit_bytes;  // absent without a limit
  Reading memory_peak_bytes;

  Reading memory_anon_bytes;
  Reading memory_file_bytes;
  Reading memory_shmem_bytes;
  Reading memory_kernel_bytes;
  Reading memory_inactive_file_bytes;
  Reading memory_swap_bytes;
  Reading memory_page_faults;
  Reading memory_major_faults;

  Reading memory_event_low;
  Reading memory_event_high;
  Reading memory_event_max;
  Reading memory_event_oom;
  Reading memory_event_oom_kill;

  Reading pids_current;
  Reading pids_limit;  // absent without a limit

  Reading pressure_cpu_some_us;
  Reading pressure_memory_some_us;
  Reading pressure_memory_full_us;
  Reading pressure_io_some_us;
  Reading pressure_io_full_us;

  Reading io_read_bytes;
  Reading io_reads;
  Reading io_write_bytes;
  Reading io_writes;
  Reading io_discard_bytes;
  Reading io_discards;

  Reading socket_rx_bytes;
  Reading socket_rx_packets;
  Reading socket_tx_bytes;
  Reading socket_tx_packets;
  Reading tcp_connects;
  Reading tcp_accepts;
  Reading tcp_retransmits;
  Reading tcp_resets_sent;
  Reading tcp_resets_received;

  Reading network_rx_bytes;
  Reading network_rx_packets;
  Reading network_rx_errors;
  Reading network_rx_dropped;
  Reading network_tx_bytes;
  Reading network_tx_packets;
  Reading network_tx_errors;
  Reading network_tx_dropped;

  // Derived from the fields above.
  Reading memory_working_set_bytes;
  Reading memory_active_bytes;

  std::uint64_t taken(MetricGroup group) const { return taken_ns[static_cast<std::size_t>(group)]; }
  void set_taken(MetricGroup group, std::uint64_t now_ns) {
    taken_ns[static_cast<std::size_t>(group)] = now_ns;
  }
};

// Fills the derived fields. Subtractions are floored at zero: the kernel reads its counters one after the
// other, so a part may be larger than the whole for an instant.
constexpr void derive_fields(CgroupSample& sample) {
  const auto subtract = [](Reading whole, Reading part) {
    if (!whole || !part) return Reading{};
    return Reading{*whole > *part ? *whole - *part : 0};
  };
  sample.memory_working_set_bytes = subtract(sample.memory_usage_bytes, sample.memory_inactive_file_bytes);
  sample.memory_active_bytes = subtract(sample.memory_usage_bytes, sample.memory_file_bytes);
}

}  // namespace squid
