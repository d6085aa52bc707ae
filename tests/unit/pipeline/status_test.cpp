#include "pipeline/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

Status working() {
  return {.host = "db1",
          .now = 100'000s,
          .started = 10'000s,
          .last_sample = 99'999'500ms,
          .last_report = 99'996s,
          .interval = 1s,
          .containers = 63,
          .sinks = {{"stdout", {.sent_reports = 7, .delivered_reports = 7}},
                    {"graphite_2",
                     {.sent_reports = 14,
                      .delivered_reports = 12,
                      .queued_reports = 1,
                      .spooled_reports = 40,
                      .oldest_age_s = 412.4,
                      .retried = 3},
                     "graphite:carbon"}}};
}

TEST(Status, TellsEachSink) {
  EXPECT_EQ(compute_status_text(working()),
            "healthy\n"
            "squid-bpf 0.1.0 on db1, for 1 d 1 h 0 min\n"
            "containers   63\n"
            "last sample  0.5 s ago\n"
            "last report  4.0 s ago\n"
            "\n"
            "REPORTS          SENT  DELIVERED  IN MEMORY    ON DISK     OLDEST    DROPPED    RETRIES  SINK\n"
            "stdout              7          7          0          0          -          0          0\n"
            "graphite_2         14         12          1         40      412 s          0          3  "
            "graphite:carbon\n");
}

TEST(Status, BelowTheTableTellsWhyReportsDoNotGetThrough) {
  Status status = working();
  status.sinks[1].health.last_error = "connection refused";
  status.sinks.push_back({"  carbon2:2003",
                          {.dropped_reports = 5,
                           .dropped_spool_full = 3,
                           .dropped_rejected = 2,
                           .refused = 9,
                           .spool_error = "no space left on device",
                           .refused_path = "/var/lib/squid-bpf/spool/x/refused.log"}});
  EXPECT_THAT(compute_status_text(status), EndsWith("\n\ngraphite_2:\n"
                                                    "  last error: connection refused\n"
                                                    "\ncarbon2:2003:\n"
                                                    "  nothing is kept on disk: no space left on device\n"
                                                    "  3 reports dropped, the limit on disk was reached\n"
                                                    "  2 reports dropped, the server never takes them\n"
                                                    "  9 parts of reports refused by the server\n"
                                                    "  see /var/lib/squid-bpf/spool/x/refused.log\n"));
}

TEST(Status, TellsWhatWasLostAlsoWhileNoSinkGetsThrough) {
  constexpr MetricInfo kEvents{"squid.loss.events", "events", MetricKind::kGauge, ""};
  constexpr MetricInfo kErrors{"squid.loss.source_errors", "errors", MetricKind::kGauge, ""};
  constexpr MetricInfo kPasses{"squid.pass.count", "passes", MetricKind::kGauge, ""};
  Report report;
  report.subjects.push_back({.container = std::make_shared<Container>(),
                             .points = {{.metric = &kErrors, .stat = Stat::kLast, .value = 3}}});
  report.subjects.push_back({.container = nullptr,
                             .points = {{.metric = &kPasses, .stat = Stat::kLast, .value = 10},
                                        {.metric = &kErrors, .stat = Stat::kLast, .value = 0},
                                        {.metric = &kEvents, .stat = Stat::kLast, .value = 17374}}});
  Status status = working();
  status.losses = find_losses(report);
  EXPECT_THAT(compute_status_text(status),
              EndsWith("\n\ncounted as lost, since the start:\n  17374 events (squid.loss.events)\n"));
}

TEST(Status, BeforeTheFirstReportThereIsNone) {
  Status status = working();
  status.last_report = {};
  EXPECT_THAT(compute_status_text(status), HasSubstr("last report  none yet\n"));
}

TEST(Status, ASinkThatIsDownIsNoFault) {
  EXPECT_EQ(compute_fault(working()), std::nullopt);
}

TEST(Status, WithoutSamplesItIsUnhealthyAndSaysWhy) {
  Status status = working();
  status.last_sample = status.now - 13s;
  EXPECT_EQ(compute_fault(status), std::nullopt) << "three intervals and ten seconds are waited for";
  status.last_sample -= 1ms;
  status.pass_error = "cannot list the cgroups";
  EXPECT_EQ(compute_fault(status), "the last sample was taken 13.0 s ago: cannot list the cgroups");
  EXPECT_THAT(compute_status_text(status), StartsWith("unhealthy: the last sample was taken 13.0 s ago"));
}

TEST(Status, ALongIntervalIsNoFault) {
  Status status = working();
  status.interval = 1h;
  status.last_sample = status.now - 2h;
  EXPECT_EQ(compute_fault(status), std::nullopt);
}

TEST(Status, AnErrorOfOneSourceIsShown) {
  Status status = working();
  status.pass_error = "no pressure";
  const std::string text = compute_status_text(status);
  EXPECT_THAT(text, StartsWith("healthy\n"));
  EXPECT_THAT(text, HasSubstr("last error   no pressure\n"));
}

TEST(Status, TellsOfTheLastReload) {
  Status status = working();
  status.last_reload = status.now - 3s;
  EXPECT_THAT(compute_status_text(status), HasSubstr("\nlast reload  3.0 s ago\n"));
  status.reload_error = "line 3 is not JSON";
  EXPECT_THAT(compute_status_text(status),
              HasSubstr("\nlast reload  3.0 s ago, refused: line 3 is not JSON\n"));
  EXPECT_EQ(compute_fault(status), std::nullopt);
}

}  // namespace
}  // namespace squid
