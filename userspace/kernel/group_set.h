// GroupSet: some of the metric groups, as the BPF programs take them: one bit each, numbered by MetricGroup.
#pragma once

#include <bitset>
#include <initializer_list>

#include "bpf/record.h"
#include "core/cgroup_sample.h"

namespace squid {

using GroupSet = std::bitset<kMetricGroupCount>;

constexpr std::size_t group_bit(MetricGroup group) {
  return static_cast<std::size_t>(group);
}

inline GroupSet group_set(std::initializer_list<MetricGroup> groups) {
  GroupSet set;
  for (const MetricGroup group : groups) set.set(group_bit(group));
  return set;
}

// record.h is C and has an enum of its own.
static_assert(RECORD_CPU == static_cast<int>(MetricGroup::kCpu));
static_assert(RECORD_THROTTLING == static_cast<int>(MetricGroup::kThrottling));
static_assert(RECORD_MEMORY == static_cast<int>(MetricGroup::kMemory));
static_assert(RECORD_MEMORY_STAT == static_cast<int>(MetricGroup::kMemoryStat));
static_assert(RECORD_MEMORY_EVENTS == static_cast<int>(MetricGroup::kMemoryEvents));
static_assert(RECORD_PIDS == static_cast<int>(MetricGroup::kPids));

}  // namespace squid
