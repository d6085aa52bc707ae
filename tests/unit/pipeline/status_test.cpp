#include "pipeline/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squid {
namespace {

using namespace std::chrono_literals;
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
          .sinks = {{"stdout", {.delivered_reports = 7}},
                    {"graphite_2",
                     {.delivered_reports = 12,
                      .queued_reports = 4,
                      .retried = 3,
                      .dropped_reports = 1,
                      .last_error = "connection refused"}}}};
}

TEST(Status, TellsEachSink) {
  EXPECT_EQ(compute_status_text(working()),
            "healthy\n"
            "squid-bpf 0.1.0 on db1, for 1 d 1 h 0 min\n"
            "containers   63\n"
            "last sample  0.5 s ago\n"
            "last report  4.0 s ago\n"
            "\n"
            "SINK        DELIVERED     QUEUED    DROPPED    RETRIED  LAST ERROR\n"
            "stdout              7          0          0          0  -\n"
            "graphite_2         12          4          1          3  connection refused\n");
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
