#include "pipeline/sink_warnings.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "pipeline/sink_troubles.h"

namespace squid {

void SinkWarnings::look(const std::string& sink, const SinkHealth& health,
                        std::chrono::nanoseconds steady_now) {
  tell_failure(sink, health, steady_now);
  tell_losses(sink, health, steady_now);
  tell_spool(sink, health.spool_error);
  tell_refusals(sink, health);
}

void SinkWarnings::tell_failure(const std::string& sink, const SinkHealth& health,
                                std::chrono::nanoseconds steady_now) {
  bool& is_down = said_[sink].is_down;
  const bool fails = !health.last_error.empty();
  if (fails == is_down || (fails && !limiter_.allow("down: " + sink, steady_now))) return;
  is_down = fails;
  if (fails)
    spdlog::warn("{} does not get its reports, {} wait: {}", sink,
                 health.queued_reports + health.spooled_reports, health.last_error);
  else
    spdlog::info("{} gets its reports again", sink);
}

void SinkWarnings::tell_losses(const std::string& sink, const SinkHealth& health,
                               std::chrono::nanoseconds steady_now) {
  std::uint64_t& said = said_[sink].dropped_reports;
  // Another sink may have the name since a reload.
  said = std::min(said, health.dropped_reports);
  if (health.dropped_reports == said || !limiter_.allow("dropped: " + sink, steady_now)) return;
  said = health.dropped_reports;
  for (const SinkTrouble& trouble : find_troubles(health))
    if (trouble.is_loss) spdlog::warn("{}: {} {}", sink, trouble.count, trouble.of);
}

// Once for each cause: a directory that cannot be written stays so.
void SinkWarnings::tell_spool(const std::string& sink, const std::string& error) {
  std::string& said = said_[sink].spool_error;
  if (said == error) return;
  said = error;
  if (!error.empty())
    spdlog::warn(
        "reports that {} cannot deliver are kept in memory only: {}; --state-dir chooses another place", sink,
        error);
}

// Once: the file tells the rest.
void SinkWarnings::tell_refusals(const std::string& sink, const SinkHealth& health) {
  if (health.refused_path.empty() || !refusals_said_.insert(health.refused_path).second) return;
  spdlog::warn("{} refuses records for good, which are not tried again; they are kept in {}", sink,
               health.refused_path);
}

void SinkWarnings::look_at_names(const std::string& sink, const SinkHealth& health,
                                 std::chrono::nanoseconds steady_now) {
  if (health.told_apart == 0 || !limiter_.allow("equal names: " + sink, steady_now)) return;
  spdlog::warn("{} containers have the name of another one and are told apart by their ids in {}, such as {}",
               health.told_apart, sink, health.told_apart_example);
}

}  // namespace squid
