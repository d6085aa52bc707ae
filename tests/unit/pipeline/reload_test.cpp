#include "pipeline/reload.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <filesystem>

#include "support/sampled_host.h"
#include "support/tcp_server.h"
#include "support/temp_dir.h"

namespace squid {
namespace {

using namespace std::chrono_literals;

std::size_t count_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

class ReloadTest : public testing::Test {
 protected:
  ReloadTest() {
    running_.state_dir.clear();
    running_.sinks = {"graphite:127.0.0.1:1"};
    running_.statsd.listen = {socket_at("a")};
    wanted_ = running_;
    sinks_.replace(*sinks_.prepare(io_, *plan_sinks(running_)));
    statsd_ = *StatsdService::open(io_, running_);
    reload_.emplace(
        io_, running_,
        [this]() -> Result<Options> {
          if (!read_error_.empty()) return Error{read_error_};
          return wanted_;
        },
        Reload::Parts{pipeline_, sinks_, sampler_, directory_, roster_, statsd_.get()});
  }
  std::string socket_at(const std::string& name) const {
    return fmt::format("unixgram:{}/{}", directory_of_sockets_.path(), name);
  }
  Status status() const {
    Status status = pipeline_.status();
    reload_->fill(status);
    return status;
  }
  SelfMetrics metrics() const {
    SelfMetrics self;
    reload_->fill(self);
    return self;
  }
  Sink* first_sink() const { return sinks_.members().front().sink.get(); }

  TempDir directory_of_sockets_;
  boost::asio::io_context io_;
  Options running_;
  Options wanted_;
  std::string read_error_;
  SinkSet sinks_{io_};
  SampledHost empty_host_;
  SampledDiscovery discovery_{empty_host_};
  ContainerDirectory directory_{{}, {}};
  CgroupRoster roster_{[](std::string_view, CgroupId) { return std::shared_ptr<const Container>(); }};
  Sampler sampler_{
      {.roster = roster_, .discovery = discovery_, .sources = {}}, compute_stat_plan({}).value(), {}, 0};
  Pipeline pipeline_{io_,
                     {.interval = 1s, .flush = 10s, .host = "here", .started = {}},
                     sampler_,
                     sinks_,
                     [](std::uint64_t) { return std::vector<Error>(); },
                     [](SelfMetrics&) {}};
  std::unique_ptr<StatsdService> statsd_;
  std::optional<Reload> reload_;
};

TEST_F(ReloadTest, WhatIsNewComesIntoForceAndWhatIsNotStays) {
  Sink* const kept = first_sink();
  wanted_.sinks.push_back("graphite:127.0.0.1:2");
  wanted_.interval = 100ms;
  wanted_.selection.exclude = {"db"};
  EXPECT_TRUE(reload_->run());
  EXPECT_EQ(first_sink(), kept);
  EXPECT_EQ(sinks_.members().size(), 2U);
  EXPECT_EQ(status().interval, 100ms);
  EXPECT_FALSE(directory_.policy().selection.admits({.name = "db"}));
  EXPECT_EQ(metrics().reloads, 1);
  EXPECT_EQ(metrics().reloads_failed, 0);
  EXPECT_NE(status().last_reload, Status::Time::zero());
}

TEST_F(ReloadTest, OneBadThingChangesNothing) {
  const auto assert_refused = [this](const std::string& why) {
    Sink* const before = first_sink();
    wanted_.interval = 100ms;
    wanted_.selection.exclude = {"db"};
    EXPECT_FALSE(reload_->run()) << why;
    EXPECT_EQ(status().reload_error.substr(0, why.size()), why);
    EXPECT_EQ(first_sink(), before);
    EXPECT_EQ(sinks_.members().size(), 1U);
    EXPECT_EQ(status().interval, 1s);
    EXPECT_TRUE(directory_.policy().selection.admits({.name = "db"}));
    wanted_ = running_;
  };
  wanted_.sinks = {"graphite:127.0.0.1:2", "graphite:127.0.0.1:none"};
  assert_refused("--sink graphite:127.0.0.1:none: ");
  wanted_.sinks = {"nonsense"};
  assert_refused("--sink: there is no sink 'nonsense'");
  wanted_.stats = {"nonsense"};
  assert_refused("--stats");
  wanted_.selection.rules_file = "/nowhere/rules.json";
  assert_refused("--rules-file /nowhere/rules.json: ");
  wanted_.statsd.percentiles = {0};
  assert_refused("--statsd-percent 0");
  // The first of the two could be opened.
  wanted_.statsd.listen = {socket_at("new"), "unixgram:/nowhere/s"};
  assert_refused("--statsd unixgram:/nowhere/s: ");
  EXPECT_FALSE(std::filesystem::exists(directory_of_sockets_.path() + "/new"));
  read_error_ = "it cannot be read";
  assert_refused("it cannot be read");
  EXPECT_EQ(metrics().reloads_failed, 7);
  EXPECT_EQ(metrics().reloads, 0);

  read_error_.clear();
  EXPECT_TRUE(reload_->run());
  EXPECT_EQ(status().reload_error, "");
}

TEST_F(ReloadTest, FiftyLeakNoDescriptor) {
  const auto reload_both_ways = [this](int times) {
    for (int i = 0; i < times; ++i) {
      wanted_.sinks = {fmt::format("graphite:127.0.0.1:{}", 1 + i % 2)};
      wanted_.prefix = fmt::format("p{}", i);
      wanted_.statsd.listen = {socket_at(i % 2 == 0 ? "a" : "b"), socket_at(i % 3 == 0 ? "c" : "d")};
      ASSERT_TRUE(reload_->run()) << status().reload_error;
      io_.restart();
      io_.poll();
    }
  };
  reload_both_ways(2);
  const std::size_t before = count_descriptors();
  reload_both_ways(50);
  EXPECT_EQ(count_descriptors(), before);
}

TEST_F(ReloadTest, TheSignalIsHeardOnceItIsWaitedForAndNeverKills) {
  Reload::hold_signal();
  ASSERT_EQ(std::raise(SIGHUP), 0);
  ServiceManager nobody(io_, {}, [] { return true; });
  reload_->begin(nobody);
  run_until(io_, [&] { return metrics().reloads == 1; });
  ASSERT_EQ(std::raise(SIGHUP), 0);
  run_until(io_, [&] { return metrics().reloads == 2; });
  reload_.reset();
  ASSERT_EQ(std::raise(SIGHUP), 0);
}

}  // namespace
}  // namespace squid
