// ScopedSink: a sink that gets only what its SinkScope asks for, in place of the whole report.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/sink.h"
#include "pipeline/point_filter.h"
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
  std::shared_ptr<const Report> within_scope(const std::shared_ptr<const Report>& report);

  std::unique_ptr<Sink> sink_;
  SinkScope scope_;
  PointFilter filter_;
  std::optional<ReportMerger> merger_;  // with an interval
};

// The same kind with a ScopedSink around each of its sinks; one for each kind, for ever.
const SinkKind* scoped_kind(const SinkKind* kind);

}  // namespace squid
