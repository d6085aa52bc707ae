#include "pipeline/sink_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "pipeline/scoped_sink.h"

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class SinkPlanTest : public testing::Test {
 protected:
  SinkPlan plan(const std::string& sink) {
    options_.sinks = {sink};
    const auto plans = plan_sinks(options_);
    EXPECT_TRUE(plans) << plans.error().message;
    return plans ? plans->at(0) : SinkPlan{};
  }
  std::string refused(const std::string& sink) {
    options_.sinks = {sink};
    const auto plans = plan_sinks(options_);
    return plans ? "accepted" : plans.error().message;
  }
  Options options_;
};

TEST_F(SinkPlanTest, ASinkWithoutAScopeIsAsItIs) {
  const SinkPlan planned = plan("stdout:json");
  EXPECT_EQ(planned.kind, SinkRegistry::find("stdout"));
  EXPECT_EQ(planned.config.address, "json");
  EXPECT_EQ(planned.config.prefix, "squid");
}

TEST_F(SinkPlanTest, ASinkWithAScopeIsTheSameAfterAReload) {
  options_.names = "docker-stats";
  const SinkPlan planned = plan("graphite:carbon?prefix=a&allow=cpu.*");
  EXPECT_EQ(planned.name, "graphite");
  EXPECT_EQ(planned.config.address, "carbon");
  EXPECT_EQ(planned.config.prefix, "a");
  EXPECT_EQ(planned.config.names, "docker-stats");
  EXPECT_TRUE(planned.has_settings_of(plan("graphite:carbon?prefix=a&allow=cpu.*")));
  EXPECT_FALSE(planned.has_settings_of(plan("graphite:carbon?prefix=a&allow=mem.*")));
  boost::asio::io_context io;
  const auto sink = planned.kind->make(planned.config, io);
  ASSERT_TRUE(sink);
  EXPECT_NE(dynamic_cast<ScopedSink*>(sink->get()), nullptr);
}

TEST_F(SinkPlanTest, NeedsNoAddressForAScope) {
  EXPECT_EQ(plan("stdout?zone=a").config.address, "");
  EXPECT_EQ(plan("stdout?zone=a").kind, scoped_kind(SinkRegistry::find("stdout")));
}

TEST_F(SinkPlanTest, AnIntervalHasToFit) {
  options_.flush = 10s;
  EXPECT_EQ(refused("stdout?interval=1m"), "accepted");
  EXPECT_THAT(refused("stdout?interval=15s"), HasSubstr("interval=15s has to be a multiple of --flush 10s"));
  options_.flush = 500ms;
  EXPECT_THAT(refused("stdout?interval=1m"), HasSubstr("that of one second"));
  options_.flush = 10s;
  options_.statsd.listen = {"8125"};
  EXPECT_THAT(refused("stdout?interval=1m"), HasSubstr("--statsd exclude each other"));
}

TEST_F(SinkPlanTest, TheOrderOfWhatWaitsDoesNotMoveIt) {
  const SinkPlan oldest = plan("graphite:carbon");
  const SinkPlan newest = plan("graphite:carbon?order=newest");
  EXPECT_FALSE(oldest.config.spool.newest_first);
  EXPECT_TRUE(newest.config.spool.newest_first);
  EXPECT_EQ(oldest.config.spool.directory, newest.config.spool.directory);
  EXPECT_FALSE(oldest.has_settings_of(newest));
  EXPECT_EQ(newest.kind, oldest.kind) << "the sink itself is the same";
  EXPECT_THAT(refused("redis://h?order=newest"), HasSubstr("order=newest is not for redis"));
  options_.flush = 500ms;
  EXPECT_EQ(refused("graphite:carbon?order=oldest"), "accepted");
  EXPECT_THAT(refused("graphite:carbon?order=newest"), HasSubstr("needs a --flush of a second at least"));
}

TEST_F(SinkPlanTest, WhatIsWrongIsSaidWithoutThePassword) {
  EXPECT_EQ(refused("none:x"), "--sink: there is no sink 'none'; `squid-bpf list` prints those there are");
  EXPECT_EQ(refused("redis://:geheim@h?zone="), "--sink redis://:***@h?zone=: zone= is empty; leave it out");
}

}  // namespace
}  // namespace squid
