#include "pipeline/scoped_sink.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>

namespace squid {
namespace {

bool matches_any(const std::vector<std::string>& globs, const std::string& text) {
  return std::ranges::any_of(
      globs, [&](const std::string& glob) { return fnmatch(glob.c_str(), text.c_str(), 0) == 0; });
}

bool ends_interval(const Report& report, std::chrono::nanoseconds interval) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval).count();
  return report.is_last || report.time_s % seconds == 0;
}

}  // namespace

ScopedSink::ScopedSink(std::unique_ptr<Sink> sink, SinkScope scope)
    : sink_(std::move(sink)), scope_(std::move(scope)) {
  if (scope_.interval.count() > 0) merger_.emplace();
}

void ScopedSink::deliver(std::shared_ptr<const Report> report) {
  const auto scoped = within_scope(report);
  if (!merger_) return sink_->deliver(scoped);
  merger_->add(scoped);
  if (ends_interval(*report, scope_.interval)) sink_->deliver(merger_->take());
}

void ScopedSink::finish() {
  if (!merger_) return;
  if (auto rest = merger_->take()) sink_->deliver(std::move(rest));
}

std::shared_ptr<const Report> ScopedSink::within_scope(const std::shared_ptr<const Report>& report) {
  const bool drops = !scope_.allow.empty() || !scope_.deny.empty();
  if (!drops && scope_.host.empty() && scope_.facts.empty()) return report;
  auto scoped = std::make_shared<Report>(*report);
  if (!scope_.host.empty()) scoped->host = scope_.host;
  scoped->facts = scope_.facts;
  if (!drops) return scoped;
  for (Subject& subject : scoped->subjects) {
    drop_unwanted(*report, subject, subject.points);
    drop_unwanted(*report, subject, subject.extras);
  }
  return scoped;
}

void ScopedSink::drop_unwanted(const Report& report, const Subject& subject, std::vector<Point>& points) {
  const bool is_of_a_key = subject.names != nullptr;
  std::erase_if(points, [&](const Point& point) { return !is_wanted(report, point, !is_of_a_key); });
}

bool ScopedSink::is_wanted(const Report& report, const Point& point, bool is_known_for_long) {
  if (!is_known_for_long) return matches(report, point);
  const unsigned stat = (static_cast<unsigned>(point.stat) << 8U) | point.percentile;
  const auto known = wanted_.find({point.metric, stat});
  if (known != wanted_.end()) return known->second;
  return wanted_.emplace(std::pair(point.metric, stat), matches(report, point)).first->second;
}

bool ScopedSink::matches(const Report& report, const Point& point) const {
  const std::string metric(point.metric->name);
  const std::string with_stat = point.stat == Stat::kValue ? metric : metric + "." + report.stat_name(point);
  const auto is_among = [&](const std::vector<std::string>& globs) {
    return matches_any(globs, metric) || matches_any(globs, with_stat);
  };
  return (scope_.allow.empty() || is_among(scope_.allow)) && !is_among(scope_.deny);
}

const SinkKind* scoped_kind(const SinkKind* kind) {
  static std::map<const SinkKind*, SinkKind> kinds;
  const auto [found, is_new] = kinds.try_emplace(kind, *kind);
  if (is_new)
    found->second.make = [kind](const SinkConfig& config,
                                boost::asio::io_context& io) -> Result<std::unique_ptr<Sink>> {
      auto sink = kind->make(config, io);
      if (!sink) return sink.error();
      return std::unique_ptr<Sink>(std::make_unique<ScopedSink>(*std::move(sink), config.scope));
    };
  return &found->second;
}

}  // namespace squid
