#include "pipeline/sink_plan.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "config/duration.h"
#include "core/secrets.h"
#include "pipeline/scoped_sink.h"
#include "pipeline/sink_scope.h"
#include "pipeline/spool_places.h"

namespace squid {
namespace {

// Two sinks of one kind need two names.
std::string name_among(const std::vector<SinkPlan>& others, const std::string& kind) {
  std::size_t same_kind = 1;
  for (const SinkPlan& other : others) same_kind += other.kind->name == kind;
  return same_kind == 1 ? kind : fmt::format("{}_{}", kind, same_kind);
}

// What would have no meaning, or lose something in silence.
Result<void> check_interval(const SinkScope& scope, const Options& options) {
  if (scope.interval.count() == 0) return {};
  if (options.flush % std::chrono::seconds(1) != std::chrono::seconds(0) ||
      scope.interval % options.flush != std::chrono::seconds(0))
    return Error{fmt::format("interval={} has to be a multiple of --flush {}, and that of one second",
                             format_duration(scope.interval), format_duration(options.flush))};
  if (!options.statsd.listen.empty())
    return Error{
        "interval= and --statsd exclude each other: what clients sent in two reports is not one value"};
  return {};
}

Result<void> check_order(const ScopedAddress& scoped, const SinkKind& kind, const Options& options) {
  if (!scoped.newest_first) return {};
  if (!kind.takes_any_order)
    return Error{
        fmt::format("order=newest is not for {}, which takes reports by their time alone", kind.name)};
  if (options.flush < std::chrono::seconds(1))
    return Error{
        "order=newest needs a --flush of a second at least: of several reports in one second the server "
        "would keep the oldest"};
  return {};
}

Result<SinkPlan> plan_sink(const Options& options, const std::string& spec) {
  const std::size_t kind_end = std::min(spec.find_first_of(":?"), spec.size());
  const std::string kind_name = spec.substr(0, kind_end);
  const SinkKind* kind = SinkRegistry::find(kind_name);
  if (kind == nullptr)
    return Error{
        fmt::format("--sink: there is no sink '{}'; `squid-bpf list` prints those there are", kind_name)};
  const bool has_address = kind_end < spec.size() && spec[kind_end] == ':';
  const auto wrong = [&](const Error& error) {
    return Error{fmt::format("--sink {}: {}", mask_secrets(spec), error.message)};
  };
  auto scoped = parse_scoped_address(spec.substr(has_address ? kind_end + 1 : kind_end));
  if (!scoped) return wrong(scoped.error());
  if (const auto checked = check_interval(scoped->scope, options); !checked) return wrong(checked.error());
  if (const auto checked = check_order(*scoped, *kind, options); !checked) return wrong(checked.error());
  SinkConfig config{.address = std::move(scoped->address),
                    .prefix = scoped->prefix.value_or(options.prefix),
                    .name_template = options.name_template,
                    .names = options.names,
                    .queue_bytes = options.queue_mib << 20,
                    .graphite_tags = options.selection.graphite_tags,
                    .label_tags = options.selection.label_tags,
                    .spool = {.newest_first = scoped->newest_first},
                    .scope = std::move(scoped->scope)};
  return SinkPlan{.name = kind_name,
                  .text = mask_secrets(spec),
                  .kind = config.scope.is_everything() ? kind : scoped_kind(kind),
                  .config = std::move(config)};
}

}  // namespace

Result<std::vector<SinkPlan>> plan_sinks(const Options& options) {
  std::vector<SinkPlan> plans;
  std::vector<SpoolPlace> places;
  for (const std::string& spec : options.sinks) {
    auto plan = plan_sink(options, spec);
    if (!plan) return plan.error();
    plan->name = name_among(plans, plan->name);
    SpoolPlace place = compute_spool_place(options, without_order(spec), places);
    places.push_back(place);
    place.newest_first = plan->config.spool.newest_first;
    plan->config.spool = std::move(place);
    plans.push_back(*std::move(plan));
  }
  return plans;
}

void warn_of_forgotten_spools(const std::string& state_dir, const std::vector<SinkPlan>& plans) {
  std::vector<SpoolPlace> places;
  for (const SinkPlan& plan : plans) places.push_back(plan.config.spool);
  for (const std::string& forgotten : find_forgotten_spools(state_dir, places))
    spdlog::warn("{} has reports for a sink that is not asked for any more; remove it, or ask for that sink",
                 forgotten);
}

}  // namespace squid
