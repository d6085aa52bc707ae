// The one table of all cgroup files that we read: which group of metrics, in which hierarchy, how often, and
// the parser. A file is added by one row here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cgroupfs/parse_io.h"
#include "core/cgroup_sample.h"
#include "core/topology.h"

namespace squid {

// Where the numbers of one cgroup go.
struct FileTarget {
  CgroupSample& sample;
  std::span<Reading> core_ns;
  Reading cfs_quota_us;  // one half of the v1 quota; the other is in the next file
  const DeviceFilter& counts_device;
};

enum class Pace : std::uint8_t {
  kPass,  // in every sample pass
  kSlow,  // what changes seldom, or costs more than its changes are worth
};

struct FileRow {
  MetricGroup group;
  CgroupVersion version;
  std::optional<Controller> controller;  // nothing: in any cgroup of v2
  const char* file;
  Pace pace;
  // Read only while this is absent, so that a later row can stand in for an earlier one that had nothing.
  Reading CgroupSample::*wanted;
  void (*parse)(std::string_view text, FileTarget& target);
};

std::span<const FileRow> file_table();

// The field that says whether a source supplied the group; null where there are no files for it, and for
// kPerCpu, whose numbers are not in the sample.
Reading CgroupSample::*main_field(MetricGroup group);

// Gauges that are read at the slow pace and hold until the next time. Pressure is not among them: a counter
// that was not read must not look as if it had stood still.
struct SlowGauge {
  MetricGroup group;
  Reading CgroupSample::*member;
};
inline constexpr std::array<SlowGauge, 4> kSlowGauges{{
    {MetricGroup::kThrottling, &CgroupSample::cpu_limit_ns_per_s},
    {MetricGroup::kMemory, &CgroupSample::memory_limit_bytes},
    {MetricGroup::kMemory, &CgroupSample::memory_peak_bytes},
    {MetricGroup::kPids, &CgroupSample::pids_limit},
}};

// The rows that this host has files for, and in which hierarchy each lives.
struct PlannedRow {
  const FileRow* row;
  std::uint8_t file;  // position in FilePlan::files
};
struct PlannedFile {
  HierarchyIndex hierarchy;
  const char* name;
  Pace pace;
};
struct FilePlan {
  std::vector<PlannedRow> rows;
  std::vector<PlannedFile> files;  // each once, whatever number of rows it serves
};
FilePlan compute_file_plan(const Topology& topology);

}  // namespace squid
