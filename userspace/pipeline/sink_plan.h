// SinkPlan: what one --sink says, settled with all that other options say about sinks. Two plans of the same
// settings mean the same sink, so that one that runs can be told from one that has to be made.
#pragma once

#include <string>
#include <vector>

#include "config/options.h"
#include "core/result.h"
#include "core/sink.h"

namespace squid {

struct SinkPlan {
  std::string name;  // in the self-metrics
  std::string text;  // as it stands behind --sink, without secrets
  const SinkKind* kind = nullptr;
  SinkConfig config = {};

  bool has_settings_of(const SinkPlan& other) const { return kind == other.kind && config == other.config; }
};

Result<std::vector<SinkPlan>> plan_sinks(const Options& options);

// Says in the log where reports lie that none of these sinks will fetch.
void warn_of_forgotten_spools(const std::string& state_dir, const std::vector<SinkPlan>& plans);

}  // namespace squid
