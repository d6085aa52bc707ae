#include "pipeline/source_scopes.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/group_mask.h"
#include "pipeline/sink_scope.h"

namespace squid {
namespace {

constexpr auto kKindNames = std::to_array<std::string_view>({"containers", "groups", "squid", "statsd"});

// Those that have an option of their own for it, or none because they are read whenever their group is.
constexpr GroupMask kWithoutInterval =
    group_bit(MetricGroup::kPressure) | group_bit(MetricGroup::kNetwork) | group_bit(MetricGroup::kPerCpu);

bool may_have_interval(std::size_t group) {
  return (kWithoutInterval & group_bit(static_cast<MetricGroup>(group))) == 0;
}

template <typename Names>
std::optional<std::size_t> position_of(const Names& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

std::string known_sources() {
  std::string known = fmt::format("{}", fmt::join(kKindNames, ", "));
  for (std::size_t i = 0; i < kMetricGroupCount; ++i)
    if (may_have_interval(i)) known += fmt::format(", {}", kMetricGroupNames[i]);
  return known;
}

}  // namespace

Result<SourceScopes> SourceScopes::parse(const std::vector<std::string>& texts) {
  SourceScopes scopes;
  for (const std::string& text : texts)
    if (const auto added = scopes.add(text); !added)
      return Error{fmt::format("--from {}: {}", text, added.error().message)};
  return scopes;
}

Result<void> SourceScopes::add(const std::string& text) {
  auto parsed = parse_scoped_address(text);
  if (!parsed) return parsed.error();
  const std::string& name = parsed->address;
  SinkScope& asked = parsed->scope;
  if (parsed->newest_first)
    return Error{"in which order reports go out is a sink's, as graphite?order=newest"};
  const auto kind = position_of(kKindNames, name);
  const auto group = position_of(kMetricGroupNames, name);
  if (!kind && !(group && may_have_interval(*group)))
    return Error{fmt::format("there is no source '{}'; there are {}", name, known_sources())};
  const bool has_host = !asked.host.empty() || !asked.facts.empty();
  const bool has_names = parsed->prefix || !asked.allow.empty() || !asked.deny.empty() || has_host;
  const bool has_interval = asked.interval.count() > 0;
  if (group) {
    if (has_names || !has_interval)
      return Error{fmt::format("it has an interval alone: {}?interval=10s", name)};
    intervals_[*group] = asked.interval;
    return {};
  }
  if (has_interval || !has_names)
    return Error{
        "it has prefix, allow, deny, hostname or facts such as zone; --interval says how often all are read, "
        "and "
        "memory?interval=10s, for example, that some are read more seldom"};
  if (*kind == kStatsd && parsed->prefix)
    return Error{"names of statsd's metrics have --statsd-prefix and its likes"};
  Scope& scope = scopes_[*kind];
  scope.filter = PointFilter(std::move(asked.allow), std::move(asked.deny));
  if (parsed->prefix) scope.prefix = std::make_shared<const std::string>(*std::move(parsed->prefix));
  if (has_host)
    scope.host =
        std::make_shared<const HostIdentity>(HostIdentity{std::move(asked.host), std::move(asked.facts)});
  return {};
}

SourceScopes::Kind SourceScopes::kind_of(const Subject& subject) {
  if (subject.container) return subject.container->is_group() ? kGroups : kContainers;
  return subject.names ? kStatsd : kOwn;
}

void SourceScopes::apply(Report& report) {
  for (Subject& subject : report.subjects) {
    Scope& scope = scopes_[kind_of(subject)];
    subject.prefix = scope.prefix;
    subject.host = scope.host;
    if (!scope.filter.wants_all()) scope.filter.drop_unwanted(report, subject);
  }
  // All of them happen to containers.
  for (Event& event : report.events) event.host = scopes_[kContainers].host;
}

}  // namespace squid
