// The one table of all container metrics. Encoders, the terminal table, `squid-bpf metrics` and the
// aggregator iterate it; a metric is added by one row here plus its read in a source.
//
// Names follow docker-stats-to-backstop where it has one (cpu.total, memory.max_usage, ...); the rest follows
// its style. Percentages name their base. Three definitions of memory stand side by side, each under its
// name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/cgroup_sample.h"
#include "core/stat.h"

namespace squid {

enum class MetricKind : std::uint8_t {
  kCounter,  // only grows; ships as a rate per second
  kGauge,    // goes up and down; ships as it is
};

// What any series, ours or one that comes from elsewhere, tells about itself.
struct MetricInfo {
  std::string_view name;
  std::string_view unit;  // of the shipped value
  MetricKind kind;
  std::string_view help;
};

struct MetricRow {
  MetricInfo info;
  MetricGroup group;
  Reading CgroupSample::*member;
  StatSet default_stats;
  double scale = 1.0;                     // shipped value = scale * (rate or reading) ...
  Reading CgroupSample::*base = nullptr;  // ... / base, and absent where the base is
};

namespace table_detail {
using enum MetricKind;
using enum MetricGroup;
using S = CgroupSample;
inline constexpr StatSet kNone{};
inline constexpr StatSet kMean = StatSet::of({Stat::kMean});
inline constexpr StatSet kLast = StatSet::of({Stat::kLast});
inline constexpr StatSet kCount = StatSet::of({Stat::kCount});
inline constexpr StatSet kLastUpper = StatSet::of({Stat::kLast, Stat::kUpper});
inline constexpr StatSet kMeanUpper = StatSet::of({Stat::kMean, Stat::kUpper});
inline constexpr StatSet kBurst =
    StatSet::of({Stat::kMean, Stat::kLower, Stat::kUpper, Stat::kUpperPercentile});
}  // namespace table_detail

inline constexpr auto kMetricTable = [] {
  using namespace table_detail;
  return std::to_array<MetricRow>({
      // clang-format off
      {{"cpu.total", "ns/s", kCounter, "CPU time used, user and kernel together"}, kCpu, &S::cpu_total_ns, kMean},
      {{"cpu.user", "ns/s", kCounter, "CPU time in user mode"}, kCpu, &S::cpu_user_ns, kMean},
      {{"cpu.kernel", "ns/s", kCounter, "CPU time in kernel mode"}, kCpu, &S::cpu_kernel_ns, kMean},
      {{"cpu.percent_of_core", "percent", kCounter, "CPU time used, 100 is one core"}, kCpu, &S::cpu_total_ns, kBurst, 1e-7},
      {{"cpu.percent_of_limit", "percent", kCounter, "CPU time used, 100 is the container's own quota; absent without one"}, kCpu, &S::cpu_total_ns, kMeanUpper, 100.0, &S::cpu_limit_ns_per_s},
      {{"cpu.limit", "cores", kGauge, "CPU quota in cores; absent without one"}, kThrottling, &S::cpu_limit_ns_per_s, kLast, 1e-9},
      {{"cpu.throttling.periods", "periods/s", kCounter, "Scheduling periods in which the container wanted to run"}, kThrottling, &S::cpu_periods, kNone},
      {{"cpu.throttling.throttled_periods", "periods/s", kCounter, "Periods in which it ran out of quota"}, kThrottling, &S::cpu_throttled_periods, kMean},
      {{"cpu.throttling.throttled_time", "ns/s", kCounter, "Time spent waiting for quota, summed over CPUs"}, kThrottling, &S::cpu_throttled_ns, kMean},
      {{"cpu.wait", "ns/s", kCounter, "Time that tasks which could run waited for a CPU, summed over them; with --latency cpu"}, kLatency, &S::cpu_wait_ns, kMean},
      {{"cpu.involuntary_switches", "switches/s", kCounter, "How often a task lost its CPU and wanted to go on; with --latency cpu"}, kLatency, &S::cpu_involuntary_switches, kMean},
      {{"memory.usage", "bytes", kGauge, "All memory charged to the container, page cache included"}, kMemory, &S::memory_usage_bytes, kLastUpper},
      {{"memory.working_set", "bytes", kGauge, "usage minus inactive file pages: what Kubernetes evicts by"}, kMemoryStat, &S::memory_working_set_bytes, kLast},
      {{"memory.anon", "bytes", kGauge, "Anonymous memory: heap, stack, private mappings"}, kMemoryStat, &S::memory_anon_bytes, kLast},
      {{"memory.active", "bytes", kGauge, "usage minus page cache, as docker-stats-to-backstop counts it"}, kMemoryStat, &S::memory_active_bytes, kNone},
      {{"memory.cache", "bytes", kGauge, "Page cache, tmpfs and shared memory included"}, kMemoryStat, &S::memory_file_bytes, kLast},
      {{"memory.shmem", "bytes", kGauge, "tmpfs and shared memory: the part of the cache that cannot be dropped"}, kMemoryStat, &S::memory_shmem_bytes, kNone},
      {{"memory.inactive_file", "bytes", kGauge, "File pages that reclaim takes first"}, kMemoryStat, &S::memory_inactive_file_bytes, kNone},
      {{"memory.kernel", "bytes", kGauge, "Kernel memory: slab, stacks, page tables"}, kMemoryStat, &S::memory_kernel_bytes, kNone},
      {{"memory.swap", "bytes", kGauge, "Memory swapped out"}, kMemoryStat, &S::memory_swap_bytes, kLast},
      {{"memory.max_usage", "bytes", kGauge, "Highest usage since the container started"}, kMemory, &S::memory_peak_bytes, kLast},
      {{"memory.limit", "bytes", kGauge, "Memory limit; absent without one"}, kMemory, &S::memory_limit_bytes, kLast},
      {{"memory.percent_of_limit", "percent", kGauge, "usage, 100 is the container's own limit; absent without one"}, kMemory, &S::memory_usage_bytes, kLastUpper, 100.0, &S::memory_limit_bytes},
      {{"memory.page_faults", "faults/s", kCounter, "Page faults"}, kMemoryStat, &S::memory_page_faults, kNone},
      {{"memory.major_faults", "faults/s", kCounter, "Page faults that had to read from a device"}, kMemoryStat, &S::memory_major_faults, kMean},
      {{"memory.events.low", "events/s", kCounter, "Reclaimed although below its memory.low"}, kMemoryEvents, &S::memory_event_low, kNone},
      {{"memory.events.high", "events/s", kCounter, "Throttled for being above its memory.high"}, kMemoryEvents, &S::memory_event_high, kNone},
      {{"memory.events.max", "events/s", kCounter, "Ran into its limit and had to reclaim"}, kMemoryEvents, &S::memory_event_max, kNone},
      {{"memory.events.oom", "events/s", kCounter, "Ran out of memory after reclaim"}, kMemoryEvents, &S::memory_event_oom, kNone},
      {{"memory.events.oom_kill", "events/s", kCounter, "Processes killed by the OOM killer"}, kMemoryEvents, &S::memory_event_oom_kill, kCount},
      {{"pids.current", "tasks", kGauge, "Processes and threads"}, kPids, &S::pids_current, kLastUpper},
      {{"pids.limit", "tasks", kGauge, "Limit on processes and threads; absent without one"}, kPids, &S::pids_limit, kNone},
      {{"pressure.cpu.some", "percent", kCounter, "Share of time in which some task waited for a CPU"}, kPressure, &S::pressure_cpu_some_us, kMean, 1e-4},
      {{"pressure.memory.some", "percent", kCounter, "Share of time in which some task waited for memory"}, kPressure, &S::pressure_memory_some_us, kMean, 1e-4},
      {{"pressure.memory.full", "percent", kCounter, "Share of time in which all tasks waited for memory"}, kPressure, &S::pressure_memory_full_us, kNone, 1e-4},
      {{"pressure.io.some", "percent", kCounter, "Share of time in which some task waited for I/O"}, kPressure, &S::pressure_io_some_us, kMean, 1e-4},
      {{"pressure.io.full", "percent", kCounter, "Share of time in which all tasks waited for I/O"}, kPressure, &S::pressure_io_full_us, kNone, 1e-4},
      {{"io.read_bytes", "bytes/s", kCounter, "Read from block devices; what dm, md and loop pass on counts once"}, kIo, &S::io_read_bytes, kMean},
      {{"io.reads", "requests/s", kCounter, "Read requests that devices completed"}, kIo, &S::io_reads, kNone},
      {{"io.write_bytes", "bytes/s", kCounter, "Written to block devices"}, kIo, &S::io_write_bytes, kMean},
      {{"io.writes", "requests/s", kCounter, "Write requests that devices completed"}, kIo, &S::io_writes, kNone},
      {{"io.discard_bytes", "bytes/s", kCounter, "Discarded on block devices"}, kIo, &S::io_discard_bytes, kNone},
      {{"io.discards", "requests/s", kCounter, "Discard requests that devices completed"}, kIo, &S::io_discards, kNone},
      {{"sockets.rx_bytes", "bytes/s", kCounter, "IP packets received by sockets, headers included, in whatever network"}, kSockets, &S::socket_rx_bytes, kMean},
      {{"sockets.rx_packets", "packets/s", kCounter, "The same; what the kernel put together counts once"}, kSockets, &S::socket_rx_packets, kNone},
      {{"sockets.tx_bytes", "bytes/s", kCounter, "IP packets sent by sockets, headers included, in whatever network"}, kSockets, &S::socket_tx_bytes, kMean},
      {{"sockets.tx_packets", "packets/s", kCounter, "The same; what the kernel or the card cuts up later counts once"}, kSockets, &S::socket_tx_packets, kNone},
      {{"sockets.tcp.connects", "connections/s", kCounter, "TCP connections that were opened"}, kSockets, &S::tcp_connects, kNone},
      {{"sockets.tcp.accepts", "connections/s", kCounter, "TCP connections that were taken"}, kSockets, &S::tcp_accepts, kNone},
      {{"sockets.tcp.retransmits", "segments/s", kCounter, "TCP segments sent again"}, kSockets, &S::tcp_retransmits, kNone},
      {{"sockets.tcp.resets_sent", "resets/s", kCounter, "TCP connections refused or broken off"}, kSockets, &S::tcp_resets_sent, kNone},
      {{"sockets.tcp.resets_received", "resets/s", kCounter, "TCP connections that the other side refused or broke off"}, kSockets, &S::tcp_resets_received, kNone},
      {{"network.rx_bytes", "bytes/s", kCounter, "Received by its network interfaces, loopback aside; absent on the host's network, and once for all that share a network"}, kNetwork, &S::network_rx_bytes, kMean},
      {{"network.rx_packets", "packets/s", kCounter, "Packets received by its network interfaces"}, kNetwork, &S::network_rx_packets, kNone},
      {{"network.rx_errors", "packets/s", kCounter, "Packets received broken"}, kNetwork, &S::network_rx_errors, kNone},
      {{"network.rx_dropped", "packets/s", kCounter, "Packets received that nobody took"}, kNetwork, &S::network_rx_dropped, kNone},
      {{"network.tx_bytes", "bytes/s", kCounter, "Sent by its network interfaces, loopback aside"}, kNetwork, &S::network_tx_bytes, kMean},
      {{"network.tx_packets", "packets/s", kCounter, "Packets sent by its network interfaces"}, kNetwork, &S::network_tx_packets, kNone},
      {{"network.tx_errors", "packets/s", kCounter, "Packets that could not be sent"}, kNetwork, &S::network_tx_errors, kNone},
      {{"network.tx_dropped", "packets/s", kCounter, "Packets dropped before they were sent"}, kNetwork, &S::network_tx_dropped, kNone},
      // clang-format on
  });
}();

inline constexpr std::size_t kMetricCount = kMetricTable.size();

// Is the sum over several cgroups the number that a cgroup around them would have? Not of shares, of limits,
// or of peaks that were not reached at the same time.
constexpr bool adds_up(const MetricRow& row) {
  if (row.base != nullptr || row.group == MetricGroup::kPressure) return false;
  const auto is = [&row](Reading CgroupSample::*member) { return row.member == member; };
  return !is(&CgroupSample::cpu_limit_ns_per_s) && !is(&CgroupSample::memory_limit_bytes) &&
         !is(&CgroupSample::memory_peak_bytes) && !is(&CgroupSample::pids_limit);
}

}  // namespace squid
