// What ships about each sink, as squid.sink.NAME.FIELD in every report. One table, as for the containers.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "core/sink.h"

namespace squid {

struct SinkMetricRow {
  std::string_view field;
  std::string_view unit;
  std::string_view help;
  std::uint64_t SinkHealth::*member;
};

inline constexpr auto kSinkMetricTable = [] {
  using S = SinkHealth;
  return std::to_array<SinkMetricRow>({
      // clang-format off
      {"produced_reports", "reports", "Reports encoded for this sink, since start", &S::produced_reports},
      {"recovered_reports", "reports", "Reports that an earlier process had left on disk", &S::recovered_reports},
      {"sent_reports", "reports", "Reports written to the other end, repeats included, since start", &S::sent_reports},
      {"delivered_reports", "reports", "Reports that the other end has confirmed, since start", &S::delivered_reports},
      {"queued_reports", "reports", "Reports waiting in memory", &S::queued_reports},
      {"queued_bytes", "bytes", "Their size", &S::queued_bytes},
      {"spooled_reports", "reports", "Reports waiting on disk", &S::spooled_reports},
      {"spooled_bytes", "bytes", "Their size", &S::spooled_bytes},
      {"retried", "tries", "Connections and writes that were tried again, since start", &S::retried},
      {"dropped_reports", "reports", "Reports given up, since start; the sum of these six", &S::dropped_reports},
      {"dropped_too_large", "reports", "One report was larger than --queue-mib", &S::dropped_too_large},
      {"dropped_queue_full", "reports", "--queue-mib was reached, and there was no disk to use", &S::dropped_queue_full},
      {"dropped_spool_full", "reports", "--spool-limit was reached", &S::dropped_spool_full},
      {"dropped_damaged", "reports", "They could not be read back from disk", &S::dropped_damaged},
      {"dropped_rejected", "reports", "The other end never takes them", &S::dropped_rejected},
      {"dropped_unread", "reports", "Confirmed eight times, and the connection was lost each time: perhaps nobody read them", &S::dropped_unread},
      {"dropped_points", "points", "Values that this sink cannot carry, since start", &S::dropped_points},
      {"refused", "parts", "Values or commands of delivered reports that the server refused, since start", &S::refused},
      {"told_apart", "containers", "Containers with another one's name, told apart by their ids", &S::told_apart},
      {"spool_errors", "errors", "Failed writes to disk, since start; those reports stayed in memory", &S::spool_errors},
      // clang-format on
  });
}();

// Adds what one of a sink's servers tells. What cannot be added is that of the worst one, and of errors the
// first is told.
inline void add_health(SinkHealth& sum, const SinkHealth& server) {
  for (const SinkMetricRow& row : kSinkMetricTable) sum.*row.member += server.*row.member;
  sum.oldest_age_s = std::max(sum.oldest_age_s, server.oldest_age_s);
  sum.last_delivery_s = std::max(sum.last_delivery_s, server.last_delivery_s);
  sum.last_failure_s = std::max(sum.last_failure_s, server.last_failure_s);
  sum.keeps_reports = sum.keeps_reports && server.keeps_reports;
  if (sum.last_error.empty()) sum.last_error = server.last_error;
  if (sum.spool_error.empty()) sum.spool_error = server.spool_error;
  if (sum.refused_path.empty()) sum.refused_path = server.refused_path;
}

// Absent while nothing waits.
struct SinkAgeRow {
  std::string_view field = "oldest_age_s";
  std::string_view unit = "s";
  std::string_view help = "Age of the oldest report that waits";
};
inline constexpr SinkAgeRow kSinkAge;

}  // namespace squid
