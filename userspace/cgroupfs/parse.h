// Parsers of the kernel's cgroup files: text in, Readings out. Pure, no allocation, and no trust: an unknown key
// is passed over, a broken or overflowing number is absent. They know formats only; which file is where, and
// when it is read, is file_table.h and files_source.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/cgroup_sample.h"
#include "core/reading.h"

namespace squid {

// A decimal number that ends at white space or with the text.
Reading parse_number(std::string_view text);
// The same, and absent where the kernel says that there is no limit: "max", "-1", or on v1 the largest number
// of pages.
Reading parse_limit(std::string_view text);
// Quota over period as CPU time per second.
Reading compute_cpu_limit(Reading quota_us, Reading period_us);

void parse_cpu_time(std::string_view cpu_stat, CgroupSample& sample);        // v2 cpu.stat
void parse_throttling(std::string_view cpu_stat, CgroupSample& sample);      // v1 and v2 cpu.stat
void parse_cpu_max(std::string_view text, CgroupSample& sample);             // v2
void parse_cpuacct_stat(std::string_view text, CgroupSample& sample);        // v1, steps of 10 ms
void parse_memory_stat_v1(std::string_view text, CgroupSample& sample);
void parse_memory_stat_v2(std::string_view text, CgroupSample& sample);
void parse_memory_events(std::string_view text, CgroupSample& sample);       // v2
void parse_oom_control(std::string_view text, CgroupSample& sample);         // v1

struct Pressure {
  Reading some_us;
  Reading full_us;
};
Pressure parse_pressure(std::string_view text);

// cpuacct.usage_percpu lists all CPUs that may ever be there; those beyond `cores` are passed over.
void parse_core_times(std::string_view text, std::span<Reading> cores);

}  // namespace squid
