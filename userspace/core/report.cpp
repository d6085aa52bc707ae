#include "core/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace squid {

std::string percentile_name(double percentile) {
  std::string name = fmt::format("upper_{}", percentile);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::string_view find_fact(const HostFacts& facts, std::string_view name) {
  const auto found = std::ranges::find(facts, name, &HostFacts::value_type::first);
  return found == facts.end() ? std::string_view() : std::string_view(found->second);
}

HostFacts merge_facts(const HostFacts& facts, const HostFacts& others) {
  HostFacts merged;
  // Of two that are equal it takes those of the first.
  std::ranges::set_union(facts, others, std::back_inserter(merged), {}, &HostFacts::value_type::first,
                         &HostFacts::value_type::first);
  return merged;
}

const std::string& Report::host_name(const HostIdentity* own) const {
  return own == nullptr || own->name.empty() ? host : own->name;
}

const HostFacts& Report::host_facts(const HostIdentity* own) const {
  return own == nullptr || own->facts.empty() ? facts : own->facts;
}

std::string Report::stat_name(const Point& point) const {
  if (point.stat != Stat::kUpperPercentile) return std::string(squid::stat_name(point.stat));
  return percentile_name(percentiles[point.percentile]);
}

std::string_view Report::unit(const Point& point) {
  std::string_view unit = point.metric->unit;
  if (point.stat != Stat::kCount && point.stat != Stat::kRaw) return unit;
  if (unit.ends_with("/s")) unit.remove_suffix(2);
  return unit;
}

}  // namespace squid
