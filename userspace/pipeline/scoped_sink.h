// ScopedSink: a sink that gets only what its SinkScope asks for, in place of the whole report.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/sink.h"
#include "pipeline/report_merger.h"

namespace squid {

class ScopedSink : public Sink {
 public:
  ScopedSink(std::unique_ptr<Sink> sink, SinkScope scope);
  void deliver(std::shared_ptr<const Report> report) override;
  SinkHealth health() const override { return sink_->health(); }
  std::vector<std::pair<std::string, SinkHealth>> health_by_server() const override {
    return sink_->health_by_server();
  }
  std::vector<StatNeed> needs() const override { return sink_->needs(); }
  void finish() override;
  std::uint64_t close() override { return sink_->close(); }

 private:
  bool is_wanted(const Report& report, const Point& point, bool is_known_for_long);
  bool matches(const Report& report, const Point& point) const;
  void drop_unwanted(const Report& report, const Subject& subject, std::vector<Point>& points);
  std::shared_ptr<const Report> within_scope(const std::shared_ptr<const Report>& report);

  std::unique_ptr<Sink> sink_;
  SinkScope scope_;
  // Of metrics that stay where they are. By pointer and statistic.
  boost::unordered_flat_map<std::pair<const MetricInfo*, unsigned>, bool> wanted_;
  std::optional<ReportMerger> merger_;  // with an interval
};

// The same kind with a ScopedSink around each of its sinks; one for each kind, for ever.
const SinkKind* scoped_kind(const SinkKind* kind);

}  // namespace squid
