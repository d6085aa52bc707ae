#include "kernel/decode.h"

#include <algorithm>
#include <limits>

namespace squid {
namespace {

// record.h is C and has an enum of its own.
static_assert(1U << RECORD_CPU == group_bit(MetricGroup::kCpu));
static_assert(1U << RECORD_THROTTLING == group_bit(MetricGroup::kThrottling));
static_assert(1U << RECORD_MEMORY == group_bit(MetricGroup::kMemory));
static_assert(1U << RECORD_MEMORY_STAT == group_bit(MetricGroup::kMemoryStat));
static_assert(1U << RECORD_MEMORY_EVENTS == group_bit(MetricGroup::kMemoryEvents));
static_assert(1U << RECORD_PIDS == group_bit(MetricGroup::kPids));
static_assert(1U << RECORD_PRESSURE == group_bit(MetricGroup::kPressure));

// PIDS_MAX of kernel/cgroup/pids.c on 64-bit machines: no limit.
constexpr std::uint64_t kNoPidsLimit = 4 * 1024 * 1024 + 1;
// RUNTIME_INF of kernel/sched/sched.h: no quota.
constexpr std::uint64_t kNoQuota = ~std::uint64_t{0};

void fill(Reading& field, Reading value) {
  if (!field) field = value;
}

// The kernel sums per-CPU differences, so a sum that is read in between can be below zero for an instant.
Reading count(std::uint64_t value) {
  if (value == RECORD_ABSENT) return {};
  return static_cast<std::int64_t>(value) < 0 ? 0 : value;
}

Reading bytes(std::uint64_t pages, std::uint64_t page_bytes) {
  const Reading reading = count(pages);
  return reading ? Reading{*reading * page_bytes} : reading;
}

void decode_cpu(const record_cpu& cpu, CpuSplit& split, CgroupSample& sample) {
  split = compute_cpu_split(cpu, split);
  fill(sample.cpu_total_ns, cpu.total_ns);
  fill(sample.cpu_user_ns, split.user_ns);
  fill(sample.cpu_kernel_ns, split.kernel_ns);
}

void decode_throttling(const record_throttling& throttling, CgroupSample& sample) {
  if (throttling.quota_ns != kNoQuota && throttling.period_ns != 0) {
    constexpr double kSecond = 1e9;
    fill(sample.cpu_limit_ns_per_s,
         static_cast<std::uint64_t>(static_cast<double>(throttling.quota_ns) * kSecond /
                                    static_cast<double>(throttling.period_ns)));
  }
  fill(sample.cpu_periods, throttling.periods);
  fill(sample.cpu_throttled_periods, throttling.throttled_periods);
  fill(sample.cpu_throttled_ns, throttling.throttled_ns);
}

void decode_memory(const record_memory& memory, std::uint64_t page_bytes, CgroupSample& sample) {
  // PAGE_COUNTER_MAX of include/linux/page_counter.h: no limit.
  const std::uint64_t no_limit = std::numeric_limits<std::int64_t>::max() / page_bytes;
  fill(sample.memory_usage_bytes, bytes(memory.usage_pages, page_bytes));
  if (memory.limit_pages < no_limit) fill(sample.memory_limit_bytes, bytes(memory.limit_pages, page_bytes));
  fill(sample.memory_peak_bytes, bytes(memory.peak_pages, page_bytes));
}

void decode_memory_stat(const record_memory_stat& stat, std::uint64_t page_bytes, CgroupSample& sample) {
  fill(sample.memory_anon_bytes, bytes(stat.anon_pages, page_bytes));
  fill(sample.memory_file_bytes, bytes(stat.file_pages, page_bytes));
  fill(sample.memory_shmem_bytes, bytes(stat.shmem_pages, page_bytes));
  fill(sample.memory_kernel_bytes, bytes(stat.kernel_pages, page_bytes));
  fill(sample.memory_inactive_file_bytes, bytes(stat.inactive_file_pages, page_bytes));
  fill(sample.memory_swap_bytes, bytes(stat.swap_pages, page_bytes));
  fill(sample.memory_page_faults, count(stat.page_faults));
  fill(sample.memory_major_faults, count(stat.major_faults));
}

void decode_memory_events(const record_memory_events& events, CgroupSample& sample) {
  fill(sample.memory_event_low, count(events.low));
  fill(sample.memory_event_high, count(events.high));
  fill(sample.memory_event_max, count(events.max));
  fill(sample.memory_event_oom, count(events.oom));
  fill(sample.memory_event_oom_kill, count(events.oom_kill));
}

void decode_pids(const record_pids& pids, CgroupSample& sample) {
  fill(sample.pids_current, count(pids.current));
  if (pids.limit < kNoPidsLimit) fill(sample.pids_limit, count(pids.limit));
}

void decode_pressure(const record_pressure& pressure, CgroupSample& sample) {
  const auto microseconds = [](std::uint64_t ns) { return Reading{ns / 1000}; };
  fill(sample.pressure_cpu_some_us, microseconds(pressure.cpu_some_ns));
  fill(sample.pressure_memory_some_us, microseconds(pressure.memory_some_ns));
  fill(sample.pressure_memory_full_us, microseconds(pressure.memory_full_ns));
  fill(sample.pressure_io_some_us, microseconds(pressure.io_some_ns));
  fill(sample.pressure_io_full_us, microseconds(pressure.io_full_ns));
}

}  // namespace

CpuSplit compute_cpu_split(const record_cpu& cpu, const CpuSplit& previous) {
  if (previous.user_ns + previous.kernel_ns >= cpu.total_ns) return previous;

  std::uint64_t kernel = 0;
  if (cpu.raw_kernel_ns != 0 && cpu.raw_user_ns == 0) {
    kernel = cpu.total_ns;
  } else if (cpu.raw_kernel_ns != 0) {
    __extension__ using Wide = unsigned __int128;
    const Wide ticks = Wide{cpu.raw_kernel_ns} + cpu.raw_user_ns;
    kernel = static_cast<std::uint64_t>(Wide{cpu.raw_kernel_ns} * cpu.total_ns / ticks);
  }
  kernel = std::max(kernel, previous.kernel_ns);
  std::uint64_t user = cpu.total_ns - kernel;
  if (user < previous.user_ns) {
    user = previous.user_ns;
    kernel = cpu.total_ns - user;
  }
  return {.user_ns = user, .kernel_ns = kernel};
}

GroupMask decode_record(const cgroup_record& record, GroupMask wanted, std::uint64_t page_bytes,
                        CpuSplit& split, CgroupSample& sample) {
  const GroupMask groups = wanted & record.supplied;
  const auto decode = [&](MetricGroup group, auto&& decode_group) {
    if ((groups & group_bit(group)) == 0) return;
    decode_group();
    if (sample.taken(group) == 0) sample.set_taken(group, record.time_ns);
  };
  decode(MetricGroup::kCpu, [&] { decode_cpu(record.cpu, split, sample); });
  decode(MetricGroup::kThrottling, [&] { decode_throttling(record.throttling, sample); });
  decode(MetricGroup::kMemory, [&] { decode_memory(record.memory, page_bytes, sample); });
  decode(MetricGroup::kMemoryStat, [&] { decode_memory_stat(record.memory_stat, page_bytes, sample); });
  decode(MetricGroup::kMemoryEvents, [&] { decode_memory_events(record.memory_events, sample); });
  decode(MetricGroup::kPids, [&] { decode_pids(record.pids, sample); });
  decode(MetricGroup::kPressure, [&] { decode_pressure(record.pressure, sample); });
  return groups;
}

}  // namespace squid
