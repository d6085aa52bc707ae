#include "pipeline/sink_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>

namespace squid {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class SinkWarningsTest : public testing::Test {
 protected:
  SinkWarningsTest() {
    auto logger =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  ~SinkWarningsTest() override { spdlog::set_default_logger(before_); }

  // What the log says of it, `after` the look before.
  std::string look(const SinkHealth& health, std::chrono::nanoseconds after = 10s) {
    log_.str("");
    warnings_.look("graphite", health, now_ += after);
    return log_.str();
  }

  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::ostringstream log_;
  SinkWarnings warnings_;
  std::chrono::nanoseconds now_{};
};

TEST_F(SinkWarningsTest, AFailureIsSaidWhenItBeginsAndWhenItIsOver) {
  const SinkHealth down{
      .queued_reports = 1, .spooled_reports = 2, .last_error = "cannot connect to c:2003: refused"};
  EXPECT_EQ(look({}), "");
  EXPECT_EQ(look(down),
            "warning graphite does not get its reports, 3 wait: cannot connect to c:2003: refused\n");
  EXPECT_EQ(look(down), "");
  EXPECT_EQ(look({}), "info graphite gets its reports again\n");
}

TEST_F(SinkWarningsTest, OneThatComesAndGoesDoesNotFloodTheLog) {
  const SinkHealth down{.last_error = "refused"};
  look(down);
  look({});
  EXPECT_EQ(look(down), "");
  EXPECT_EQ(look({}), "") << "nobody knows that it was down";
  EXPECT_THAT(look(down, 10min), HasSubstr("does not get its reports"));
}

TEST_F(SinkWarningsTest, WhatIsDroppedIsSaidWithItsReason) {
  const SinkHealth full{.dropped_reports = 5, .dropped_queue_full = 5, .refused = 7};
  EXPECT_EQ(look(full), "warning graphite: 5 reports dropped, the queue was full\n");
  EXPECT_EQ(look(full, 10min), "") << "there are no more of them";
  SinkHealth more = full;
  more.dropped_reports = more.dropped_queue_full = 6;
  EXPECT_EQ(look(more), "warning graphite: 6 reports dropped, the queue was full\n");
}

TEST_F(SinkWarningsTest, ADiskThatCannotBeUsedIsSaidOnceForEachCause) {
  EXPECT_THAT(look({.spool_error = "no space"}), HasSubstr("kept in memory only: no space; --state-dir"));
  EXPECT_EQ(look({.spool_error = "no space"}, 10min), "");
  EXPECT_EQ(look({}), "");
  EXPECT_THAT(look({.spool_error = "no space"}), HasSubstr("kept in memory only"));
}

}  // namespace
}  // namespace squid
