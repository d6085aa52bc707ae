#include "cgroupfs/file_table.h"

#include <algorithm>

#include "cgroupfs/parse.h"

namespace squid {
namespace {

using S = CgroupSample;
using enum MetricGroup;
using enum Pace;
constexpr auto kV1 = CgroupVersion::kV1;
constexpr auto kV2 = CgroupVersion::kV2;
constexpr auto kCpuCtl = Controller::kCpu;
constexpr auto kAcctCtl = Controller::kCpuacct;
constexpr auto kMemCtl = Controller::kMemory;
constexpr auto kPidsCtl = Controller::kPids;
constexpr auto kIoCtl = Controller::kIo;

template <Reading S::*Member>
void number(std::string_view text, FileTarget& target) {
  target.sample.*Member = parse_number(text);
}

template <Reading S::*Member>
void limit(std::string_view text, FileTarget& target) {
  target.sample.*Member = parse_limit(text);
}

template <void (*Parse)(std::string_view, S&)>
void whole(std::string_view text, FileTarget& target) {
  Parse(text, target.sample);
}

void cfs_quota(std::string_view text, FileTarget& target) {
  target.cfs_quota_us = parse_limit(text);
}

void cfs_period(std::string_view text, FileTarget& target) {
  target.sample.cpu_limit_ns_per_s = compute_cpu_limit(target.cfs_quota_us, parse_number(text));
}

void cpu_pressure(std::string_view text, FileTarget& target) {
  target.sample.pressure_cpu_some_us = parse_pressure(text).some_us;
}

void memory_pressure(std::string_view text, FileTarget& target) {
  const Pressure pressure = parse_pressure(text);
  target.sample.pressure_memory_some_us = pressure.some_us;
  target.sample.pressure_memory_full_us = pressure.full_us;
}

void io_pressure(std::string_view text, FileTarget& target) {
  const Pressure pressure = parse_pressure(text);
  target.sample.pressure_io_some_us = pressure.some_us;
  target.sample.pressure_io_full_us = pressure.full_us;
}

template <void (*Parse)(std::string_view, const DeviceFilter&, S&)>
void devices(std::string_view text, FileTarget& target) {
  Parse(text, target.counts_device, target.sample);
}

void core_times(std::string_view text, FileTarget& target) {
  parse_core_times(text, target.core_ns);
}

// v1 first: where both have a number, its file is the more exact one (ns against µs). Rows of one file stand
// together, so that it is read once for both.
constexpr auto kTable = std::to_array<FileRow>({
    // clang-format off
    {kCpu, kV1, kAcctCtl, "cpuacct.usage", kPass, &S::cpu_total_ns, number<&S::cpu_total_ns>},
    {kCpu, kV1, kAcctCtl, "cpuacct.usage_user", kPass, &S::cpu_user_ns, number<&S::cpu_user_ns>},
    {kCpu, kV1, kAcctCtl, "cpuacct.usage_sys", kPass, &S::cpu_kernel_ns, number<&S::cpu_kernel_ns>},
    {kCpu, kV1, kAcctCtl, "cpuacct.stat", kPass, &S::cpu_user_ns, whole<parse_cpuacct_stat>},
    {kPerCpu, kV1, kAcctCtl, "cpuacct.usage_percpu", kPass, nullptr, core_times},
    {kThrottling, kV1, kCpuCtl, "cpu.stat", kPass, &S::cpu_periods, whole<parse_throttling>},
    {kThrottling, kV1, kCpuCtl, "cpu.cfs_quota_us", kSlow, &S::cpu_limit_ns_per_s, cfs_quota},
    {kThrottling, kV1, kCpuCtl, "cpu.cfs_period_us", kSlow, &S::cpu_limit_ns_per_s, cfs_period},
    {kCpu, kV2, {}, "cpu.stat", kPass, &S::cpu_total_ns, whole<parse_cpu_time>},
    {kThrottling, kV2, kCpuCtl, "cpu.stat", kPass, &S::cpu_periods, whole<parse_throttling>},
    {kThrottling, kV2, kCpuCtl, "cpu.max", kSlow, &S::cpu_limit_ns_per_s, whole<parse_cpu_max>},

    {kMemory, kV1, kMemCtl, "memory.usage_in_bytes", kPass, &S::memory_usage_bytes, number<&S::memory_usage_bytes>},
    {kMemory, kV1, kMemCtl, "memory.limit_in_bytes", kSlow, &S::memory_limit_bytes, limit<&S::memory_limit_bytes>},
    {kMemory, kV1, kMemCtl, "memory.max_usage_in_bytes", kSlow, &S::memory_peak_bytes, number<&S::memory_peak_bytes>},
    {kMemoryStat, kV1, kMemCtl, "memory.stat", kPass, &S::memory_anon_bytes, whole<parse_memory_stat_v1>},
    {kMemoryStat, kV1, kMemCtl, "memory.kmem.usage_in_bytes", kPass, &S::memory_kernel_bytes, number<&S::memory_kernel_bytes>},
    {kMemoryEvents, kV1, kMemCtl, "memory.oom_control", kPass, &S::memory_event_oom_kill, whole<parse_oom_control>},
    {kMemoryEvents, kV1, kMemCtl, "memory.failcnt", kPass, &S::memory_event_max, number<&S::memory_event_max>},
    {kMemory, kV2, kMemCtl, "memory.current", kPass, &S::memory_usage_bytes, number<&S::memory_usage_bytes>},
    {kMemory, kV2, kMemCtl, "memory.max", kSlow, &S::memory_limit_bytes, limit<&S::memory_limit_bytes>},
    {kMemory, kV2, kMemCtl, "memory.peak", kSlow, &S::memory_peak_bytes, number<&S::memory_peak_bytes>},
    {kMemoryStat, kV2, kMemCtl, "memory.stat", kPass, &S::memory_anon_bytes, whole<parse_memory_stat_v2>},
    {kMemoryStat, kV2, kMemCtl, "memory.swap.current", kPass, &S::memory_swap_bytes, number<&S::memory_swap_bytes>},
    {kMemoryEvents, kV2, kMemCtl, "memory.events", kPass, &S::memory_event_oom_kill, whole<parse_memory_events>},

    {kPids, kV1, kPidsCtl, "pids.current", kPass, &S::pids_current, number<&S::pids_current>},
    {kPids, kV1, kPidsCtl, "pids.max", kSlow, &S::pids_limit, limit<&S::pids_limit>},
    {kPids, kV2, kPidsCtl, "pids.current", kPass, &S::pids_current, number<&S::pids_current>},
    {kPids, kV2, kPidsCtl, "pids.max", kSlow, &S::pids_limit, limit<&S::pids_limit>},

    {kIo, kV1, kIoCtl, "blkio.throttle.io_service_bytes_recursive", kPass, &S::io_read_bytes, devices<parse_io_service_bytes>},
    {kIo, kV1, kIoCtl, "blkio.throttle.io_serviced_recursive", kPass, &S::io_reads, devices<parse_io_serviced>},
    {kIo, kV2, kIoCtl, "io.stat", kPass, &S::io_read_bytes, devices<parse_io_stat>},

    {kPressure, kV2, {}, "cpu.pressure", kSlow, &S::pressure_cpu_some_us, cpu_pressure},
    {kPressure, kV2, {}, "memory.pressure", kSlow, &S::pressure_memory_some_us, memory_pressure},
    {kPressure, kV2, {}, "io.pressure", kSlow, &S::pressure_io_some_us, io_pressure},
    // clang-format on
});

// Where this host keeps what the row reads.
std::optional<HierarchyIndex> find_home(const Topology& topology, const FileRow& row) {
  const auto home = row.controller ? topology.find(*row.controller) : topology.unified();
  if (!home || topology.hierarchies[*home].version != row.version) return std::nullopt;
  return home;
}

}  // namespace

std::span<const FileRow> file_table() {
  return kTable;
}

Reading CgroupSample::*main_field(MetricGroup group) {
  switch (group) {
    case kCpu:
      return &S::cpu_total_ns;
    case kThrottling:
      return &S::cpu_periods;
    case kMemory:
      return &S::memory_usage_bytes;
    case kMemoryStat:
      return &S::memory_anon_bytes;
    case kMemoryEvents:
      return &S::memory_event_oom_kill;
    case kPids:
      return &S::pids_current;
    case kPressure:
      return &S::pressure_cpu_some_us;
    case kIo:
      return &S::io_read_bytes;
    case kPerCpu:
    case kSockets:
    case kNetwork:
    case kLatency:
      break;
  }
  return nullptr;
}

FilePlan compute_file_plan(const Topology& topology) {
  FilePlan plan;
  for (const FileRow& row : kTable) {
    const auto home = find_home(topology, row);
    if (!home) continue;
    const auto same = std::find_if(plan.files.begin(), plan.files.end(), [&](const PlannedFile& file) {
      return file.hierarchy == *home && std::string_view(file.name) == row.file;
    });
    plan.rows.push_back({&row, static_cast<std::uint8_t>(same - plan.files.begin())});
    if (same == plan.files.end()) plan.files.push_back({*home, row.file, row.pace});
  }
  return plan;
}

}  // namespace squid
