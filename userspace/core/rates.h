// compute_rates(): what one sample means after another one of the same cgroup. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "core/cgroup_sample.h"
#include "core/group_mask.h"
#include "core/metric_table.h"

namespace squid {

// The value of one metric at one sample, in shipped units.
struct MetricValue {
  double value = std::numeric_limits<double>::quiet_NaN();  // gauge, or rate per second
  double growth = 0;   // counters: how far it grew, in units of the counter
  double seconds = 0;  // counters: during how long
  double raw = 0;      // counters: the kernel's own number

  bool has_value() const { return value == value; }  // NOLINT(misc-redundant-expression): NaN is "absent"
};

// Value of a counter that stood at `before` and stands at `now`. Absent where either is missing, where no
// time has passed, or where it went backwards: the cgroup was moved or its counter restarted, and any number
// would be a lie.
MetricValue compute_counter(const MetricRow& row, Reading before, std::uint64_t before_ns, Reading now,
                            std::uint64_t now_ns);

// A limit that was not asked for in this pass is the one of before.
void carry_limits(const CgroupSample& previous, CgroupSample& current);

// Fills values[i] for the row rows[i] of the table.
void compute_rates(std::span<const std::uint16_t> rows, const CgroupSample& previous,
                   const CgroupSample& current, std::span<MetricValue> values);

// Makes `previous` the base of the next comparison. Groups that `current` lacks stay as they were, so that
// one which is read more seldom than the others still has something to be compared with; `current` is known
// to lack all but `groups`.
void advance(CgroupSample& previous, const CgroupSample& current, GroupMask groups = kAllGroups);

// The sample that a cgroup born after `before_ns` would have given then: all counters zero.
CgroupSample sample_before_birth(CgroupId id, std::uint64_t before_ns);

}  // namespace squid
