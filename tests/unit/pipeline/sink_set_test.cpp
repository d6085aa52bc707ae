#include "pipeline/sink_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "support/tcp_server.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

class Fake : public Sink {
 public:
  Fake(SinkHealth& health, std::vector<StatNeed> needs, int& alive, int& finished)
      : health_(health), needs_(std::move(needs)), alive_(alive), finished_(finished) {
    ++alive_;
  }
  ~Fake() override { --alive_; }
  void deliver(std::shared_ptr<const Report>) override { ++health_.produced_reports; }
  SinkHealth health() const override { return health_; }
  std::vector<StatNeed> needs() const override { return needs_; }
  void finish() override { ++finished_; }

 private:
  SinkHealth& health_;
  std::vector<StatNeed> needs_;
  int& alive_;
  int& finished_;
};

class SinkSetTest : public testing::Test {
 protected:
  SinkPlan plan(const std::string& address, const std::string& directory = "") {
    return {.name = address,
            .text = "fake:" + address,
            .kind = &kind_,
            .config = {.address = address, .spool = {directory, 1 << 20}}};
  }
  void replace(std::vector<SinkPlan> plans) {
    auto prepared = sinks_.prepare(io_, std::move(plans));
    ASSERT_TRUE(prepared) << prepared.error().message;
    sinks_.replace(*std::move(prepared));
  }
  std::vector<const Sink*> running() const {
    std::vector<const Sink*> sinks;
    for (const SinkSet::Member& member : sinks_.members()) sinks.push_back(member.sink.get());
    return sinks;
  }

  boost::asio::io_context io_;
  std::map<std::string, SinkHealth> health_;
  std::map<std::string, std::vector<StatNeed>> needs_;
  int alive_ = 0;
  int finished_ = 0;
  SinkKind kind_{
      .name = "fake",
      .usage = "",
      .help = "",
      .make = [this](const SinkConfig& config, boost::asio::io_context&) -> Result<std::unique_ptr<Sink>> {
        if (config.address == "bad") return Error{"it is bad"};
        return std::unique_ptr<Sink>(
            std::make_unique<Fake>(health_[config.address], needs_[config.address], alive_, finished_));
      }};
  SinkSet sinks_{io_};
};

TEST_F(SinkSetTest, WhoseSettingsStayTheSameIsTheSameSink) {
  replace({plan("a"), plan("b"), plan("c")});
  const auto before = running();
  SinkPlan changed = plan("b");
  changed.config.prefix = "other";
  replace({plan("c"), changed, plan("a"), plan("d")});
  const auto after = running();
  ASSERT_EQ(after.size(), 4U);
  EXPECT_EQ(after[0], before[2]);
  EXPECT_NE(after[1], before[1]);
  EXPECT_EQ(after[2], before[0]);
  EXPECT_EQ(alive_, 4) << "the old b had nothing to deliver";
}

TEST_F(SinkSetTest, ANewOneBeginsWithTheFirstReportThatHasAllItNeeds) {
  needs_["needy"] = {{"cpu.total", Stat::kRaw}};
  replace({plan("a")});
  replace({plan("a"), plan("b"), plan("needy")});
  sinks_.deliver(std::make_shared<Report>());
  EXPECT_EQ(health_["b"].produced_reports, 1U);
  EXPECT_EQ(health_["needy"].produced_reports, 0U);
  sinks_.deliver(std::make_shared<Report>());
  EXPECT_EQ(health_["needy"].produced_reports, 1U);
  SinkPlan changed = plan("needy");
  changed.config.prefix = "other";
  replace({changed});
  sinks_.deliver(std::make_shared<Report>());
  EXPECT_EQ(health_["needy"].produced_reports, 2U) << "the one before needed the same";
}

TEST_F(SinkSetTest, TwoOfTheSameSettingsAreTwo) {
  replace({plan("a"), plan("a")});
  const auto before = running();
  EXPECT_NE(before[0], before[1]);
  replace({plan("a"), plan("a"), plan("a")});
  const auto after = running();
  EXPECT_EQ(after[0], before[0]);
  EXPECT_EQ(after[1], before[1]);
  EXPECT_EQ(alive_, 3);
}

TEST_F(SinkSetTest, ABadOneChangesNothing) {
  replace({plan("a")});
  const auto before = running();
  const auto prepared = sinks_.prepare(io_, {plan("b"), plan("bad")});
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().message, "--sink fake:bad: it is bad");
  EXPECT_EQ(running(), before);
  EXPECT_EQ(alive_, 1);
}

TEST_F(SinkSetTest, WhoIsEndedGetsTimeToDeliver) {
  replace({plan("a")});
  health_["a"].queued_reports = 2;
  replace({plan("b")});
  EXPECT_FALSE(sinks_.is_idle());
  EXPECT_EQ(alive_, 2);
  EXPECT_EQ(finished_, 1) << "it delivers what it held back, too";
  health_["a"].queued_reports = 0;
  run_until(io_, [&] { return alive_ == 1; });
  EXPECT_TRUE(sinks_.is_idle());
  EXPECT_EQ(sinks_.lost_reports(), 0U);
}

TEST_F(SinkSetTest, WhatItDoesNotDeliverInTimeIsCounted) {
  replace({plan("a"), plan("keeps")});
  health_["a"].queued_reports = 2;
  health_["keeps"] = {.spooled_reports = 3, .keeps_reports = true};
  replace({});
  const auto asked = std::chrono::steady_clock::now();
  run_until(io_, [&] { return alive_ == 0; });
  EXPECT_GT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(1));
  EXPECT_EQ(sinks_.lost_reports(), 2U);
}

TEST_F(SinkSetTest, APlaceOnDiskIsFreeAtOnceForWhoeverNeedsIt) {
  replace({plan("a", "/place")});
  health_["a"] = {.spooled_reports = 3, .keeps_reports = true};
  SinkPlan changed = plan("a", "/place");
  changed.config.queue_bytes = 1;
  replace({changed});
  EXPECT_EQ(alive_, 1);
  EXPECT_EQ(sinks_.lost_reports(), 0U);
  // Who has nothing there is in nobody's way.
  health_["a"] = {.queued_reports = 3};
  replace({plan("a", "/place")});
  EXPECT_EQ(alive_, 2);
  health_["a"] = {.spooled_reports = 3, .keeps_reports = true};
  // Also of one that was ended before.
  replace({plan("b", "/another")});
  EXPECT_EQ(alive_, 3);
  replace({plan("a", "/place")});
  EXPECT_EQ(alive_, 1);
}

// A real sink, whose server is away.
class AwayServerTest : public SinkSetTest {
 protected:
  AwayServerTest() {
    report_->time_s = 1'700'000'000;
    report_->host = "h";
    report_->subjects.push_back(
        Subject{.container = nullptr, .points = {Point{.metric = &kInfo, .stat = Stat::kLast, .value = 1}}});
  }
  std::uint16_t unused_port() { return TcpServer(io_).port(); }
  SinkPlan graphite(const std::string& address, std::size_t spool_bytes = 1 << 20) const {
    return {.name = "graphite",
            .text = "graphite",
            .kind = SinkRegistry::find("graphite"),
            .config = {
                .address = address, .prefix = "old", .queue_bytes = 1 << 20, .spool = {spool_, spool_bytes}}};
  }
  // Ends the sink because another one needs its place, and tells what the new one finds there.
  std::uint64_t take_over(SinkPlan plan) {
    plan.config.prefix = "new";
    replace({plan});
    sinks_.deliver(report_);
    return sinks_.health()[0].health.recovered_reports;
  }

  static constexpr MetricInfo kInfo{"squid.x", "", MetricKind::kGauge, ""};
  TempDir state_;
  const std::string spool_ = state_.path() + "/spool";
  std::shared_ptr<Report> report_ = std::make_shared<Report>();
};

TEST_F(AwayServerTest, OnlyWhatDidNotFitOnDiskIsLostAtATakeOver) {
  // A record is its header and one line of 32 bytes.
  const SinkPlan plan = graphite(fmt::format("127.0.0.1:{}", unused_port()), 2 * (32 + 32));
  replace({plan});
  for (int i = 0; i < 5; ++i) sinks_.deliver(report_);
  EXPECT_EQ(take_over(plan), 2U);
  EXPECT_EQ(sinks_.lost_reports(), 3U);
}

TEST_F(AwayServerTest, OfSeveralServersOnlyTheOneWithoutAPlaceLosesReports) {
  std::filesystem::create_directory(spool_);
  std::ofstream(spool_ + "/2") << "a file, where a directory should be";
  const SinkPlan plan = graphite(fmt::format("127.0.0.1:{},127.0.0.1:{}", unused_port(), unused_port()));
  replace({plan});
  for (int i = 0; i < 3; ++i) sinks_.deliver(report_);
  EXPECT_EQ(take_over(plan), 3U);
  EXPECT_EQ(sinks_.lost_reports(), 3U);
}

TEST_F(AwayServerTest, AChangedSinkTakesOverWhatItsPlaceOnDiskHas) {
  const std::uint16_t port = unused_port();
  SinkPlan graphite = this->graphite(fmt::format("127.0.0.1:{}", port));
  const auto& report = report_;
  ASSERT_NE(graphite.kind, nullptr);
  replace({graphite});
  sinks_.deliver(report);
  EXPECT_EQ(sinks_.health()[0].health.produced_reports, 1U);

  graphite.config.prefix = "new";
  replace({graphite});
  sinks_.deliver(report);
  SinkHealth health = sinks_.health()[0].health;
  EXPECT_EQ(health.spool_error, "");
  EXPECT_EQ(health.recovered_reports, 1U);
  EXPECT_EQ(health.queued_reports + health.spooled_reports, 2U);
  TcpServer back(io_, port);
  const std::string both = "old.h.squid.x.last 1 1700000000\nnew.h.squid.x.last 1 1700000000\n";
  run_until(io_, [&] { return back.received() == both; });
  run_until(io_, [&] { return sinks_.health()[0].health.delivered_reports == 2; });
}

}  // namespace
}  // namespace squid
