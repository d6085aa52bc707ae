#include "pipeline/scoped_sink.h"

#include <map>

namespace squid {
namespace {

bool ends_interval(const Report& report, std::chrono::nanoseconds interval) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval).count();
  return report.is_last || report.time_s % seconds == 0;
}

// To what the sources say, which counts more.
void add_facts(Report& report, const HostFacts& facts) {
  report.facts = facts;
  // Subjects of one source stand together, and share what it says.
  std::shared_ptr<const HostIdentity> before;
  std::shared_ptr<const HostIdentity> merged;
  const auto add = [&](std::shared_ptr<const HostIdentity>& host) {
    if (!host || host->facts.empty()) return;
    if (host != before) {
      before = host;
      merged =
          std::make_shared<const HostIdentity>(HostIdentity{host->name, merge_facts(host->facts, facts)});
    }
    host = merged;
  };
  for (Subject& subject : report.subjects) add(subject.host);
  for (Event& event : report.events) add(event.host);
}

}  // namespace

ScopedSink::ScopedSink(std::unique_ptr<Sink> sink, SinkScope scope)
    : sink_(std::move(sink)), scope_(std::move(scope)), filter_(scope_.allow, scope_.deny) {
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
  if (filter_.wants_all() && scope_.host.empty() && scope_.facts.empty()) return report;
  auto scoped = std::make_shared<Report>(*report);
  if (!scope_.host.empty()) scoped->host = scope_.host;
  if (!scope_.facts.empty()) add_facts(*scoped, scope_.facts);
  if (filter_.wants_all()) return scoped;
  for (Subject& subject : scoped->subjects) filter_.drop_unwanted(*report, subject);
  return scoped;
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
