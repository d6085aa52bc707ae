#include "statsd/load_frames.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "statsd/load_endpoint.h"
#include "support/statsd_flush.h"

namespace squid::statsd {
namespace {

constexpr std::int64_t kMinute = 1'700'000'040;  // a full one

class LoadFramesTest : public testing::Test {
 protected:
  // A flush at so many seconds behind the first minute.
  void flush(std::int64_t at_s, std::initializer_list<std::string_view> lines) {
    send(window_, Dialect::kStrict, lines);
    frames_.begin(kMinute + at_s);
    window_.flush({}, 10, &frames_);
  }
  std::string get(const std::string& target) { return answer_load(frames_, target).body; }
  static std::string json(std::int64_t start_s, const std::string& stats) {
    return "{\"last_frame_time\": " + std::to_string(kMinute + start_s) +
           (stats.empty() ? "" : ", \"Stat\": {" + stats + "}") + "}\n";
  }

  Window window_{Settings{}};
  LoadFrames frames_{{90, -50}, kMinute + 1};
};

TEST_F(LoadFramesTest, MergesTheFlushesOfOneMinute) {
  flush(10, {"a:1|c", "g:7|g", "s:joe|s", "s:jane|s", "t:10|ms", "t:30|ms"});
  flush(20, {"a:2|c", "g:5|g", "s:joe|s", "t:2|ms", "t:6|ms", "t:100|ms"});
  EXPECT_EQ(get("/1"), json(0,
                            "\"a\": 3, \"stats.gauges.g\": 5, \"stats.sets.s.count\": 2, "
                            "\"stats.timers.t.count\": 5, \"stats.timers.t.lower\": 2, "
                            "\"stats.timers.t.lower_top50\": 6, \"stats.timers.t.mean\": 29.6, "
                            "\"stats.timers.t.sum\": 148, \"stats.timers.t.upper\": 100, "
                            "\"stats.timers.t.upper_90\": 100"));
}

TEST_F(LoadFramesTest, CountsMinutesBackFromTheCurrentOne) {
  for (std::int64_t minute = 0; minute < 20; ++minute) flush(minute * 60 + 60, {"a:1|c"});
  flush(20 * 60 + 10, {"a:1|c"});
  EXPECT_EQ(get("/1"), json(1200, "\"a\": 1"));
  EXPECT_EQ(get("/5"), json(1200, "\"a\": 5"));
  EXPECT_EQ(get("/15"), json(1200, "\"a\": 15"));
  EXPECT_EQ(get("/15/full"), json(1200, "\"a\": 15"));
  flush(20 * 60 + 20, {"a:7|c"});
  EXPECT_EQ(get("/1"), json(1200, "\"a\": 8"));
  EXPECT_EQ(get("/1/full"), json(1200, "\"a\": 1"));
}

TEST_F(LoadFramesTest, FullTellsWhatThereIs) {
  flush(60, {"a:1|c"});
  flush(120, {"a:2|c"});
  EXPECT_EQ(get("/15/full"), json(60, "\"a\": 1"));
  EXPECT_EQ(get("/1/full"), json(60, "\"a\": 1"));
}

TEST_F(LoadFramesTest, AMinuteOfNothingPassesToo) {
  flush(60, {"a:1|c"});
  flush(300, {"b:1|c"});
  EXPECT_EQ(get("/2"), json(240, "\"b\": 1"));
  EXPECT_EQ(get("/5"), json(240, "\"a\": 1, \"b\": 1"));
}

TEST_F(LoadFramesTest, WithoutStatsThereIsNone) {
  EXPECT_EQ(get("/1"), json(0, ""));
}

TEST_F(LoadFramesTest, AClockThatIsSetBackLosesNothing) {
  flush(120, {"a:1|c"});
  flush(60, {"a:1|c"});
  EXPECT_EQ(get("/1"), json(60, "\"a\": 2"));
}

TEST_F(LoadFramesTest, WhatItDoesNotKnowIsNotFound) {
  for (const char* target :
       {"/0", "/16", "/x", "/1x", "/1/", "/1/fuller", "//1", "/full", "", "1", "/-1", "/99999999999"}) {
    const HttpAnswer answer = answer_load(frames_, target);
    EXPECT_EQ(answer.status, 404U) << target;
    EXPECT_NE(answer.body.find("\"error\""), std::string::npos);
  }
  EXPECT_EQ(answer_load(frames_, "/").status, 200U);
  EXPECT_EQ(answer_load(frames_, "/2?x=y").status, 200U);
}

TEST_F(LoadFramesTest, WhatIsTooMuchIsCounted) {
  for (std::size_t i = 0; i < LoadFrames::kMostSeries; ++i) frames_.see_counter(std::to_string(i), 1);
  EXPECT_EQ(frames_.left_out(), 0U);
  frames_.see_counter("one more", 1);
  frames_.see_counter("1", 1);
  EXPECT_EQ(frames_.left_out(), 1U);
}

}  // namespace
}  // namespace squid::statsd
