// GroupIntervals: how often each group of metrics is read; 0: in every pass.
#pragma once

#include <array>
#include <chrono>

#include "core/cgroup_sample.h"

namespace squid {

using GroupIntervals = std::array<std::chrono::nanoseconds, kMetricGroupCount>;

}  // namespace squid
