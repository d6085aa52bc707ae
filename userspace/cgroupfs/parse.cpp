#include "cgroupfs/parse.h"

#include <array>
#include <charconv>
#include <cstddef>

#include "cgroupfs/words.h"

namespace squid {
namespace {

constexpr std::uint64_t kNsPerUs = 1'000;
constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
// USER_HZ, the unit of cpuacct.stat, is 100 whatever the kernel's own tick is.
constexpr std::uint64_t kNsPerUserTick = kNsPerSecond / 100;
// v1 prints "unlimited" as the largest number of pages in bytes, and pages have up to 64 KiB.
constexpr std::uint64_t kUnlimitedFrom = (std::uint64_t{1} << 63) - 65536;

Reading scale(Reading reading, std::uint64_t factor) {
  if (!reading) return {};
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(*reading, factor, &product)) return {};
  return product;
}

// Calls visit(key, value text) for each line "key value"; stops when it returns false.
template <typename Visit>
void for_each_pair(std::string_view text, Visit visit) {
  while (!text.empty()) {
    std::string_view line = next_word(text, '\n');
    const std::string_view key = next_word(line, ' ');
    if (!line.empty() && !visit(key, line)) return;
  }
}

struct KeyField {
  std::string_view key;
  Reading CgroupSample::*member;
  std::uint64_t factor = 1;
};

template <std::size_t N>
void parse_keyed(std::string_view text, const std::array<KeyField, N>& fields, CgroupSample& sample) {
  std::size_t left = N;
  for_each_pair(text, [&](std::string_view key, std::string_view value) {
    for (const KeyField& field : fields) {
      if (field.key != key) continue;
      sample.*field.member = scale(parse_number(value), field.factor);
      --left;
      break;
    }
    return left > 0;
  });
}

// Sum of the parts of kernel memory, for kernels before 5.18, which do not print the whole.
Reading sum_kernel_memory(std::string_view memory_stat) {
  constexpr auto kParts = std::to_array<std::string_view>({"kernel_stack", "pagetables", "percpu", "slab"});
  Reading sum;
  for_each_pair(memory_stat, [&](std::string_view key, std::string_view value) {
    for (const std::string_view part : kParts) {
      const Reading bytes = key == part ? parse_number(value) : Reading{};
      std::uint64_t total = 0;
      if (bytes && !__builtin_add_overflow(sum.value_or(0), *bytes, &total)) sum = total;
    }
    return true;
  });
  return sum;
}

}  // namespace

Reading parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{}) return {};
  if (stop != end && *stop != '\n' && *stop != ' ') return {};
  return value;
}

Reading parse_limit(std::string_view text) {
  // Neither "max" nor "-1" is a number without a sign.
  const Reading limit = parse_number(text);
  return limit && *limit < kUnlimitedFrom ? limit : Reading{};
}

Reading compute_cpu_limit(Reading quota_us, Reading period_us) {
  if (!quota_us || !period_us || *period_us == 0) return {};
  const Reading quota_ns = scale(quota_us, kNsPerSecond);
  return quota_ns ? Reading{*quota_ns / *period_us} : Reading{};
}

void parse_cpu_time(std::string_view cpu_stat, CgroupSample& sample) {
  static constexpr auto kFields = std::to_array<KeyField>({
      {"usage_usec", &CgroupSample::cpu_total_ns, kNsPerUs},
      {"user_usec", &CgroupSample::cpu_user_ns, kNsPerUs},
      {"system_usec", &CgroupSample::cpu_kernel_ns, kNsPerUs},
  });
  parse_keyed(cpu_stat, kFields, sample);
}

void parse_throttling(std::string_view cpu_stat, CgroupSample& sample) {
  static constexpr auto kFields = std::to_array<KeyField>({
      {"nr_periods", &CgroupSample::cpu_periods},
      {"nr_throttled", &CgroupSample::cpu_throttled_periods},
      {"throttled_usec", &CgroupSample::cpu_throttled_ns, kNsPerUs},  // v2
      {"throttled_time", &CgroupSample::cpu_throttled_ns},            // v1
  });
  parse_keyed(cpu_stat, kFields, sample);
}

void parse_cpu_max(std::string_view text, CgroupSample& sample) {
  std::string_view line = next_word(text, '\n');
  const Reading quota_us = parse_limit(next_word(line, ' '));
  sample.cpu_limit_ns_per_s = compute_cpu_limit(quota_us, parse_number(line));
}

void parse_cpuacct_stat(std::string_view text, CgroupSample& sample) {
  static constexpr auto kFields = std::to_array<KeyField>({
      {"user", &CgroupSample::cpu_user_ns, kNsPerUserTick},
      {"system", &CgroupSample::cpu_kernel_ns, kNsPerUserTick},
  });
  parse_keyed(text, kFields, sample);
}

void parse_memory_stat_v1(std::string_view text, CgroupSample& sample) {
  // Without "total_", v1 counts the cgroup alone and not what is below it.
  static constexpr auto kFields = std::to_array<KeyField>({
      {"total_rss", &CgroupSample::memory_anon_bytes},
      {"total_cache", &CgroupSample::memory_file_bytes},
      {"total_shmem", &CgroupSample::memory_shmem_bytes},
      {"total_inactive_file", &CgroupSample::memory_inactive_file_bytes},
      {"total_swap", &CgroupSample::memory_swap_bytes},
      {"total_pgfault", &CgroupSample::memory_page_faults},
      {"total_pgmajfault", &CgroupSample::memory_major_faults},
  });
  parse_keyed(text, kFields, sample);
}

void parse_memory_stat_v2(std::string_view text, CgroupSample& sample) {
  static constexpr auto kFields = std::to_array<KeyField>({
      {"anon", &CgroupSample::memory_anon_bytes},
      {"file", &CgroupSample::memory_file_bytes},
      {"kernel", &CgroupSample::memory_kernel_bytes},
      {"shmem", &CgroupSample::memory_shmem_bytes},
      {"inactive_file", &CgroupSample::memory_inactive_file_bytes},
      {"pgfault", &CgroupSample::memory_page_faults},
      {"pgmajfault", &CgroupSample::memory_major_faults},
  });
  parse_keyed(text, kFields, sample);
  if (!sample.memory_kernel_bytes) sample.memory_kernel_bytes = sum_kernel_memory(text);
}

void parse_memory_events(std::string_view text, CgroupSample& sample) {
  static constexpr auto kFields = std::to_array<KeyField>({
      {"low", &CgroupSample::memory_event_low},
      {"high", &CgroupSample::memory_event_high},
      {"max", &CgroupSample::memory_event_max},
      {"oom", &CgroupSample::memory_event_oom},
      {"oom_kill", &CgroupSample::memory_event_oom_kill},
  });
  parse_keyed(text, kFields, sample);
}

void parse_oom_control(std::string_view text, CgroupSample& sample) {
  static constexpr auto kFields = std::to_array<KeyField>({
      {"oom_kill", &CgroupSample::memory_event_oom_kill},
  });
  parse_keyed(text, kFields, sample);
}

Pressure parse_pressure(std::string_view text) {
  constexpr std::string_view kTotal = " total=";
  Pressure pressure;
  while (!text.empty()) {
    const std::string_view line = next_word(text, '\n');
    const auto total = line.find(kTotal);
    if (total == std::string_view::npos) continue;
    const Reading stalled_us = parse_number(line.substr(total + kTotal.size()));
    if (line.starts_with("some ")) pressure.some_us = stalled_us;
    if (line.starts_with("full ")) pressure.full_us = stalled_us;
  }
  return pressure;
}

void parse_core_times(std::string_view text, std::span<Reading> cores) {
  for (Reading& core : cores) {
    if (text.empty()) return;
    core = parse_number(next_word(text, ' '));
  }
}

}  // namespace squid
