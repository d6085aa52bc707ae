#include "pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <thread>

#include "support/sampled_host.h"

namespace squid {
namespace {

using std::chrono::milliseconds;

// Never done: a stop waits for it as long as it may.
class StuckSink : public Sink {
 public:
  explicit StuckSink(int& reports) : reports_(reports) {}
  void deliver(std::shared_ptr<const Report>) override { ++reports_; }
  SinkHealth health() const override {
    SinkHealth health;
    health.queued_reports = 1;
    return health;
  }

 private:
  int& reports_;
};

class SinkOfTwoServers : public Sink {
 public:
  void deliver(std::shared_ptr<const Report>) override {}
  SinkHealth health() const override { return {.delivered_reports = 3}; }
  std::vector<std::pair<std::string, SinkHealth>> health_by_server() const override {
    return {{"a:2003", {.delivered_reports = 1}}, {"b:2003", {.delivered_reports = 2}}};
  }
};

class PipelineTest : public testing::Test {
 protected:
  std::unique_ptr<Pipeline> make(const std::string& name, std::unique_ptr<Sink> sink) {
    SinkSet::Members members;
    members.push_back({{.name = name, .text = name}, std::move(sink)});
    sinks_.replace(std::move(members));
    return std::make_unique<Pipeline>(
        io_,
        Pipeline::Settings{
            .interval = milliseconds(10), .flush = std::chrono::hours(1), .host = "here", .started = {}},
        sampler_, sinks_, [](std::uint64_t) { return std::vector<Error>(); }, [](SelfMetrics&) {});
  }

  boost::asio::io_context io_;
  SinkSet sinks_{io_};
  CgroupRoster roster_{[](std::string_view, CgroupId) { return std::shared_ptr<const Container>(); }};
  SampledHost empty_host_;
  SampledDiscovery discovery_{empty_host_};
  Sampler sampler_{
      {.roster = roster_, .discovery = discovery_, .sources = {}}, compute_stat_plan({}).value(), {}, 0};
};

TEST_F(PipelineTest, TellsTheServersOfASinkBehindIt) {
  const auto pipeline = make("graphite", std::make_unique<SinkOfTwoServers>());
  std::vector<std::pair<std::string, std::uint64_t>> rows;
  for (const SelfReport::NamedHealth& row : pipeline->status().sinks)
    rows.emplace_back(row.sink, row.health.delivered_reports);
  EXPECT_THAT(rows, testing::ElementsAre(testing::Pair("graphite", 3), testing::Pair("  a:2003", 1),
                                         testing::Pair("  b:2003", 2)));
}

TEST_F(PipelineTest, StopsAlthoughATickIsDueAtTheVeryMoment) {
  int reports = 0;
  const auto pipeline = make("stuck", std::make_unique<StuckSink>(reports));
  // The signal is waiting already when the interval ends, which happens while something else keeps the loop
  // busy.
  const int event = eventfd(0, EFD_CLOEXEC);
  pipeline->watch(event, [event] {
    eventfd_t happened = 0;
    (void)eventfd_read(event, &happened);
    std::this_thread::sleep_for(milliseconds(30));
  });
  boost::asio::post(io_, [event] {
    (void)std::raise(SIGTERM);
    (void)eventfd_write(event, 1);
  });
  boost::asio::steady_timer too_long(io_, std::chrono::seconds(10));
  too_long.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    ADD_FAILURE() << "it goes on after a stop";
    io_.stop();
  });
  pipeline->run();
  close(event);
  EXPECT_EQ(reports, 1) << "the last one";
}

// Counts reports, and stops after so many.
class CountingSink : public Sink {
 public:
  CountingSink(std::vector<double>& intervals, std::size_t most) : intervals_(intervals), most_(most) {}
  void deliver(std::shared_ptr<const Report> report) override {
    intervals_.push_back(report->interval_s);
    if (intervals_.size() == most_) (void)std::raise(SIGTERM);
  }
  SinkHealth health() const override { return {}; }

 private:
  std::vector<double>& intervals_;
  std::size_t most_;
};

TEST_F(PipelineTest, AnotherClockEndsTheWindowInTheMaking) {
  std::vector<double> intervals;
  const auto pipeline = make("counting", std::make_unique<CountingSink>(intervals, 3));
  boost::asio::steady_timer soon(io_, milliseconds(100));
  soon.async_wait([&](const boost::system::error_code&) {
    EXPECT_TRUE(intervals.empty()) << "a report in an hour";
    pipeline->change_clocks(milliseconds(20), milliseconds(100));
  });
  const auto started = std::chrono::system_clock::now();
  pipeline->run();
  const std::chrono::duration<double> ran = std::chrono::system_clock::now() - started;
  ASSERT_EQ(intervals.size(), 4U) << "one at the end";
  EXPECT_GE(intervals[0], 0.09) << "it began before";
  EXPECT_NEAR(intervals[0] + intervals[1] + intervals[2] + intervals[3], ran.count(), 0.1) << "no gap";
}

}  // namespace
}  // namespace squid
