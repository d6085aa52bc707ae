// SelfReport: what squid-bpf says about its own cost and losses in every report.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/report.h"
#include "core/self_metrics.h"
#include "core/sink.h"
#include "pipeline/process_figures.h"

namespace squid {

class SelfReport {
 public:
  SelfReport();

  SelfMetrics& metrics() { return metrics_; }

  struct NamedHealth {
    std::string sink;
    SinkHealth health;
    std::string asked_for = {};  // as in --sink, without passwords
  };
  // Fills in what the process itself can tell, and ends the window.
  Subject flush(const std::vector<NamedHealth>& sinks);

 private:
  void read_process();
  void append_sink(const NamedHealth& sink, std::vector<Point>& points);
  void append_categories(std::vector<Point>& points);
  void append_programs(std::vector<Point>& points);
  const MetricInfo* own_metric(const std::string& name, std::string_view unit, std::string_view help);

  SelfMetrics metrics_;
  ProcessFigures process_;
  double process_cpu_at_flush_ns_ = 0;
  struct OwnedInfo {
    std::string name;
    MetricInfo info;
  };
  std::deque<OwnedInfo> own_metrics_;  // a deque, because points refer to the elements
};

// CPU time that this thread has used.
std::uint64_t thread_cpu_ns();

}  // namespace squid
