#include "core/rates.h"

#include <array>

namespace squid {
namespace {

// Each counter's field once, whatever number of rows shows it.
constexpr auto kCounterFields = [] {
  std::array<const MetricRow*, kMetricCount> fields{};
  std::size_t count = 0;
  for (const MetricRow& row : kMetricTable) {
    if (row.info.kind != MetricKind::kCounter) continue;
    bool known = false;
    for (std::size_t i = 0; i < count; ++i) known = known || fields[i]->member == row.member;
    if (!known) fields[count++] = &row;
  }
  return std::pair{fields, count};
}();

MetricValue compute_gauge(const MetricRow& row, const CgroupSample& sample) {
  const Reading now = sample.*row.member;
  if (!now) return {};
  double value = row.scale * static_cast<double>(*now);
  if (row.base != nullptr) {
    const Reading base = sample.*row.base;
    if (!base || *base == 0) return {};
    value /= static_cast<double>(*base);
  }
  return MetricValue{.value = value};
}

}  // namespace

MetricValue compute_counter(const MetricRow& row, Reading before, std::uint64_t before_ns, Reading now,
                            std::uint64_t now_ns) {
  if (!before || !now || *now < *before || now_ns <= before_ns) return {};
  MetricValue result;
  result.growth = static_cast<double>(*now - *before);
  result.seconds = static_cast<double>(now_ns - before_ns) * 1e-9;
  result.raw = static_cast<double>(*now);
  result.value = row.scale * result.growth / result.seconds;
  return result;
}

void carry_limits(const CgroupSample& previous, CgroupSample& current) {
  if (current.taken(MetricGroup::kThrottling) == 0) current.cpu_limit_ns_per_s = previous.cpu_limit_ns_per_s;
  if (current.taken(MetricGroup::kMemory) == 0) current.memory_limit_bytes = previous.memory_limit_bytes;
}

void compute_rates(std::span<const std::uint16_t> rows, const CgroupSample& previous,
                   const CgroupSample& current, std::span<MetricValue> values) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MetricRow& row = kMetricTable[rows[i]];
    if (row.info.kind == MetricKind::kGauge) {
      values[i] = compute_gauge(row, current);
      continue;
    }
    MetricValue value = compute_counter(row, previous.*row.member, previous.taken(row.group),
                                        current.*row.member, current.taken(row.group));
    if (row.base != nullptr) {
      const Reading base = current.*row.base;
      if (!base || *base == 0) {
        value = {};
      } else {
        value.value /= static_cast<double>(*base);
      }
    }
    values[i] = value;
  }
}

void advance(CgroupSample& previous, const CgroupSample& current, GroupMask groups) {
  previous.id = current.id;
  previous.cpu_limit_ns_per_s = current.cpu_limit_ns_per_s;
  previous.memory_limit_bytes = current.memory_limit_bytes;
  GroupMask read = 0;
  for (std::size_t i = 0; i < kCounterFields.second; ++i) {
    const MetricRow& row = *kCounterFields.first[i];
    if ((groups & group_bit(row.group)) != 0 && current.*row.member) read |= group_bit(row.group);
  }
  // A group has one time. A counter that was missing when its group was read would be compared over the wrong
  // one next, so it starts anew.
  for (std::size_t i = 0; i < kCounterFields.second; ++i) {
    const MetricRow& row = *kCounterFields.first[i];
    if ((read & group_bit(row.group)) == 0) continue;
    previous.*row.member = current.*row.member;
    previous.set_taken(row.group, current.taken(row.group));
  }
}

CgroupSample sample_before_birth(CgroupId id, std::uint64_t before_ns) {
  CgroupSample sample;
  sample.id = id;
  sample.taken_ns.fill(before_ns);
  for (std::size_t i = 0; i < kCounterFields.second; ++i) sample.*kCounterFields.first[i]->member = 0;
  return sample;
}

}  // namespace squid
