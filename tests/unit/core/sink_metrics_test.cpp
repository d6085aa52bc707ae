#include "core/sink_metrics.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(SinkMetrics, HealthOfServersAddsUp) {
  SinkHealth sum{.produced_reports = 3, .queued_reports = 1, .oldest_age_s = 2, .dropped_queue_full = 5};
  sum.keeps_reports = true;
  add_health(sum, {.produced_reports = 4,
                   .delivered_reports = 7,
                   .oldest_age_s = 9,
                   .dropped_queue_full = 1,
                   .keeps_reports = true,
                   .last_error = "b refuses"});
  add_health(sum, {.oldest_age_s = 1, .last_error = "c refuses", .spool_error = "full"});
  EXPECT_EQ(sum.produced_reports, 7U);
  EXPECT_EQ(sum.delivered_reports, 7U);
  EXPECT_EQ(sum.queued_reports, 1U);
  EXPECT_EQ(sum.dropped_queue_full, 6U);
  EXPECT_EQ(sum.oldest_age_s, 9);
  EXPECT_FALSE(sum.keeps_reports) << "one does not";
  EXPECT_EQ(sum.last_error, "b refuses");
  EXPECT_EQ(sum.spool_error, "full");
}

}  // namespace
}  // namespace squid
