// GroupMask: some of the metric groups, one bit each.
#pragma once

#include <cstdint>

#include "core/cgroup_sample.h"

namespace squid {

using GroupMask = std::uint32_t;

constexpr GroupMask group_bit(MetricGroup group) {
  return GroupMask{1} << static_cast<unsigned>(group);
}

inline constexpr GroupMask kAllGroups = (GroupMask{1} << kMetricGroupCount) - 1;

}  // namespace squid
