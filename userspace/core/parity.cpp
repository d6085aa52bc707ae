#include "core/parity.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/metric_table.h"

namespace squid {
namespace {

// A gauge may jump up and down between the two trusted reads; one in eight is chance, more is another number.
constexpr std::size_t kToleratedShare = 8;

struct Comparison {
  std::size_t compared = 0;
  std::size_t failed = 0;
  std::string first_failure;

  void add(std::string_view what, std::string_view path, Reading before, Reading value, Reading after,
           std::uint64_t slack) {
    if (!before || !value || !after) return;
    ++compared;
    const std::uint64_t low = std::min(*before, *after);
    const std::uint64_t high = std::max(*before, *after);
    if (*value + slack >= low && *value <= high + slack) return;
    if (failed++ == 0)
      first_failure = fmt::format("{} of {} is {}, expected {} to {}", what, path, *value, low, high);
  }
};

std::uint64_t slack_of(const MetricRow& row, Reading value, const ParityTolerance& tolerance) {
  switch (row.group) {
    case MetricGroup::kCpu: {
      if (row.member == &CgroupSample::cpu_total_ns) return tolerance.cpu_ns;
      const double share = tolerance.cpu_split.value_or(0) * static_cast<double>(value.value_or(0));
      return tolerance.cpu_ns + static_cast<std::uint64_t>(share);
    }
    case MetricGroup::kThrottling:
      return row.member == &CgroupSample::cpu_throttled_ns ? tolerance.throttled_ns : 0;
    case MetricGroup::kMemory:
    case MetricGroup::kMemoryStat:
      // A limit does not move, and faults are counted, not charged.
      if (row.info.kind == MetricKind::kCounter || row.member == &CgroupSample::memory_limit_bytes) return 0;
      return tolerance.memory_bytes;
    case MetricGroup::kPressure:
      return tolerance.pressure_us;
    default:
      return 0;
  }
}

void compare_row(const MetricRow& row, const Snapshot& before, const Snapshot& tested, const Snapshot& after,
                 const ParityTolerance& tolerance, Comparison& comparison) {
  const auto entries = tested.roster.entries();
  for (std::size_t slot = 0; slot < tested.samples.size(); ++slot) {
    const CgroupSample& sample = tested.samples[slot];
    if (!sample.id.valid()) continue;
    const Reading value = sample.*row.member;
    const Reading low = before.samples[slot].*row.member;
    Reading high = after.samples[slot].*row.member;
    if (!high && row.group == MetricGroup::kPressure) high = low;
    comparison.add(row.info.name, entries[slot].path, low, value, high, slack_of(row, value, tolerance));
  }
}

void compare_cores(const Snapshot& before, const Snapshot& tested, const Snapshot& after,
                   const ParityTolerance& tolerance, Comparison& comparison) {
  if (before.core_ns.size() != tested.core_ns.size() || after.core_ns.size() != tested.core_ns.size()) return;
  const auto entries = tested.roster.entries();
  for (std::size_t i = 0; i < tested.core_ns.size(); ++i)
    comparison.add("CPU time of one core", entries[i / tested.cores].path, before.core_ns[i],
                   tested.core_ns[i], after.core_ns[i], tolerance.cpu_ns);
}

bool is_cpu_split(const MetricRow& row) {
  return row.member == &CgroupSample::cpu_user_ns || row.member == &CgroupSample::cpu_kernel_ns;
}

bool first_with_member(const MetricRow& row) {
  const auto first = std::ranges::find(kMetricTable, row.member, &MetricRow::member);
  return &*first == &row;
}

// Adds what one field says to the verdict of its group: one wrong field condemns all of it.
void judge(const Comparison& comparison, GroupParity& parity) {
  if (comparison.compared == 0 || parity.verdict == ParityVerdict::kDisagrees) return;
  if (comparison.failed * kToleratedShare <= comparison.compared) {
    parity.verdict = ParityVerdict::kAgrees;
  } else {
    parity = {.verdict = ParityVerdict::kDisagrees, .reason = comparison.first_failure};
  }
}

}  // namespace

ParityReport compute_parity(const Snapshot& trusted_before, const Snapshot& tested,
                            const Snapshot& trusted_after, const ParityTolerance& tolerance) {
  ParityReport report;
  for (const MetricRow& row : kMetricTable) {
    if (!first_with_member(row) || (is_cpu_split(row) && !tolerance.cpu_split)) continue;
    Comparison comparison;
    compare_row(row, trusted_before, tested, trusted_after, tolerance, comparison);
    judge(comparison, report[static_cast<std::size_t>(row.group)]);
  }
  Comparison cores;
  compare_cores(trusted_before, tested, trusted_after, tolerance, cores);
  judge(cores, report[static_cast<std::size_t>(MetricGroup::kPerCpu)]);
  return report;
}

}  // namespace squid
