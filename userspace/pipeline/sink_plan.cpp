#include "pipeline/sink_plan.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstddef>
#include <utility>

#include "core/secrets.h"
#include "pipeline/spool_places.h"

namespace squid {
namespace {

// Two sinks of one kind need two names.
std::string name_among(const std::vector<SinkPlan>& others, const std::string& kind) {
  std::size_t same_kind = 1;
  for (const SinkPlan& other : others) same_kind += other.name.starts_with(kind);
  return same_kind == 1 ? kind : fmt::format("{}_{}", kind, same_kind);
}

}  // namespace

Result<std::vector<SinkPlan>> plan_sinks(const Options& options) {
  std::vector<SinkPlan> plans;
  std::vector<SpoolPlace> places;
  for (const std::string& spec : options.sinks) {
    const auto colon = spec.find(':');
    const std::string kind_name = spec.substr(0, colon);
    const SinkKind* kind = SinkRegistry::find(kind_name);
    if (kind == nullptr)
      return Error{
          fmt::format("--sink: there is no sink '{}'; `squid-bpf list` prints those there are", kind_name)};
    SinkConfig config{.address = colon == std::string::npos ? "" : spec.substr(colon + 1),
                      .prefix = options.prefix,
                      .name_template = options.name_template,
                      .queue_bytes = options.queue_mib << 20,
                      .graphite_tags = options.selection.graphite_tags,
                      .label_tags = options.selection.label_tags,
                      .spool = compute_spool_place(options, spec, places)};
    places.push_back(config.spool);
    plans.push_back({.name = name_among(plans, kind_name),
                     .text = mask_secrets(spec),
                     .kind = kind,
                     .config = std::move(config)});
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
