// RunningTally: what an encoder said about each report, as the health of its sink tells it.
#pragma once

#include <utility>

#include "core/sink.h"
#include "sinks/encode/stat_names.h"

namespace squid {

class RunningTally {
 public:
  void add(EncodeTally of_report) {
    dropped_points_ += of_report.dropped;
    last_ = std::move(of_report);
  }
  // Takes the health that the connection tells and adds what only the encoder knows.
  SinkHealth complete(SinkHealth health) const {
    health.dropped_points = dropped_points_;
    health.told_apart = last_.told_apart;
    health.told_apart_example = last_.told_apart_example;
    return health;
  }

 private:
  std::uint64_t dropped_points_ = 0;
  EncodeTally last_;
};

}  // namespace squid
