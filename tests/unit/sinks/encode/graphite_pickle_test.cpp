#include "sinks/encode/graphite_pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "sinks/encode/graphite.h"
#include "support/hostile_names.h"
#include "support/pickle_reader.h"
#include "support/report_builder.h"

namespace squid {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

std::string frames_of(const std::vector<std::pair<std::string, double>>& points,
                      std::int64_t time_s = 1'700'000'000) {
  std::string out;
  {
    GraphitePickle pickle(out, time_s);
    for (const auto& [name, value] : points) pickle.put({.head = name}, value);
  }
  return out;
}

PickledPoint only_point(double value, std::int64_t time_s = 1'700'000'000) {
  const auto frames = read_pickle_frames(frames_of({{"a", value}}, time_s));
  return frames.at(0).at(0);
}

TEST(GraphitePickle, IsAFrameOfNamesTimesAndValues) {
  EXPECT_EQ(frames_of({{"a.b", 1}, {"c", 0.5}}),
            "\0\0\0\x30"s
            "\x80\x02]("s
            "X\3\0\0\0a.b"s
            "J\x00\xf1\x53\x65J\1\0\0\0\x86\x86"s
            "X\1\0\0\0c"s
            "J\x00\xf1\x53\x65G\x3f\xe0\0\0\0\0\0\0\x86\x86"s
            "e."s);
}

TEST(GraphitePickle, NothingIsNoFrame) {
  EXPECT_EQ(frames_of({}), "");
}

TEST(GraphitePickle, ValuesAreWhatALineWouldSay) {
  constexpr double kTwoTo31 = 2147483648.0;
  constexpr double kTwoTo53 = 9007199254740992.0;
  for (const double whole : {0.0, 1.0, -1.0, 255.0, kTwoTo31 - 1, kTwoTo31, -kTwoTo31, -kTwoTo31 - 1,
                             4294967296.0, kTwoTo53 - 1, 1 - kTwoTo53})
    EXPECT_EQ(only_point(whole), (PickledPoint{"a", 1'700'000'000, whole, true}));
  using Double = std::numeric_limits<double>;
  for (const double broken : {0.5, -0.1, 1.0 / 3, kTwoTo31 + 0.5, kTwoTo53, 1.2345678901234567e-308,
                              Double::denorm_min(), Double::min(), Double::max(), Double::lowest()})
    EXPECT_EQ(only_point(broken), (PickledPoint{"a", 1'700'000'000, broken, false}));
}

TEST(GraphitePickle, NegativeZeroIsZero) {
  EXPECT_FALSE(std::signbit(only_point(-0.0).value));
}

TEST(GraphitePickle, TimesGoBeyond2038) {
  for (const std::int64_t time_s :
       {INT64_C(0), INT64_C(-1), INT64_C(2147483647), INT64_C(2147483648), INT64_C(253402300799)})
    EXPECT_EQ(only_point(1, time_s).time_s, time_s);
}

TEST(GraphitePickle, FramesStayWellBelowWhatCarbonTakes) {
  std::vector<std::pair<std::string, double>> points;
  for (int i = 0; i < 10'000; ++i) points.emplace_back("a.series.of.many." + std::to_string(i), i + 0.5);
  const std::string bytes = frames_of(points);
  EXPECT_GT(bytes.size(), 6 * kPickleFrameBytes);
  std::size_t next = 0;
  std::size_t most = 0;
  for (const PickledFrame& frame : read_pickle_frames(bytes)) {
    for (const PickledPoint& point : frame) {
      EXPECT_EQ(point.name, points[next].first);
      EXPECT_EQ(point.value, points[next].second);
      ++next;
    }
    most = std::max(most, frame.size());
  }
  EXPECT_EQ(next, points.size());
  EXPECT_GT(most, 1000U) << "frames are not as full as they could be";
}

TEST(GraphitePickle, AFrameIsFilledToTheLastByte) {
  // Length, list and its end; of each point the lengths of text and numbers with their opcodes.
  constexpr std::size_t kAround = 4 + 4 + 2;
  constexpr std::size_t kOfPoint = 5 + 5 + 5 + 2;
  const std::string half((kPickleFrameBytes - kAround) / 2 - kOfPoint, 'x');
  EXPECT_EQ(frames_of({{half, 1}, {half, 2}}).size(), kPickleFrameBytes);
  EXPECT_EQ(read_pickle_frames(frames_of({{half, 1}, {half, 2}})).size(), 1U);
  EXPECT_EQ(read_pickle_frames(frames_of({{half, 1}, {half + "x", 2}})).size(), 2U);
}

TEST(GraphitePickle, AFrameOfSeveralPointsIsSplitIntoFramesOfOne) {
  std::vector<std::pair<std::string, double>> points;
  std::string single;
  for (const std::string& name : hostile_names())
    for (const double value : {1.0, -0.5, 5e9}) points.emplace_back(name, value);
  points.emplace_back("e.", 1);
  points.emplace_back("", 2);
  for (const std::int64_t time_s : {INT64_C(1'700'000'000), INT64_C(5'000'000'000)}) {
    single.clear();
    for (const auto& point : points) single += frames_of({point}, time_s);
    const std::string frame = frames_of(points, time_s);
    ASSERT_EQ(pickle_frame_length(frame), frame.size()) << "it is one frame";
    EXPECT_EQ(split_pickle_frame(frame), single);
  }
}

TEST(GraphitePickle, APointAloneIsNotSplit) {
  EXPECT_EQ(split_pickle_frame(frames_of({{"a", 1}})), "");
}

TEST(GraphitePickle, NothingElseIsSplit) {
  const std::string frame = frames_of({{"a.b", 1}, {"c", 0.5}, {"d", 5e9}});
  ASSERT_NE(split_pickle_frame(frame), "");
  EXPECT_EQ(split_pickle_frame(""), "");
  EXPECT_EQ(split_pickle_frame(frame + frame), "");
  for (std::size_t size = 0; size < frame.size(); ++size) {
    std::string part = frame.substr(0, size);
    EXPECT_EQ(split_pickle_frame(part), "") << size;
    if (size < 4) continue;
    part[3] = static_cast<char>(size - 4);
    EXPECT_EQ(split_pickle_frame(part), "") << size << " bytes, with their own length";
  }
  // Of bytes that are others at one place or two: whatever is split are the same points again, in frames that
  // hold together.
  std::mt19937 random(3);
  for (int times = 0; times < 50'000; ++times) {
    std::string garbage = frame;
    for (unsigned i = 0; i <= times % 2U; ++i)
      garbage[4 + random() % (frame.size() - 4)] = static_cast<char>(random());
    const std::string frames = split_pickle_frame(garbage);
    if (frames.empty()) continue;
    std::string points;
    for (std::size_t at = 0; at < frames.size();
         at += pickle_frame_length(std::string_view(frames).substr(at))) {
      const std::string_view one = std::string_view(frames).substr(at);
      ASSERT_LE(pickle_frame_length(one), one.size());
      points += one.substr(8, pickle_frame_length(one) - 10);
    }
    ASSERT_EQ(points, garbage.substr(8, garbage.size() - 10));
  }
}

TEST(GraphitePickle, SaysTheSameAsTheLines) {
  // So long that some names fit into a line and others do not.
  std::string long_prefix;
  for (int i = 0; i < 80; ++i) long_prefix += std::string(200, 'p') + '.';
  for (const std::string& prefix : {"squid"s, long_prefix}) {
    ReportBuilder builder;
    for (const std::string& name : hostile_names())
      builder.container(name, name)
          .point("memory.usage", Stat::kLast, 4096)
          .point("cpu.percent_of_core", Stat::kMean, std::numeric_limits<double>::quiet_NaN())
          .point("cpu.percent_of_core", Stat::kUpper, std::numeric_limits<double>::infinity())
          .point("cpu.percent_of_core", Stat::kUpperPercentile, 1.0 / 3);
    const Report report = builder.build();
    std::string lines;
    const EncodeTally of_lines = GraphiteEncoder(*NameTemplate::parse(""), prefix).encode(report, lines);
    std::string bytes;
    const EncodeTally of_pickle =
        GraphiteEncoder(*NameTemplate::parse(""), prefix, GraphiteFormat::kPickle).encode(report, bytes);
    std::string as_lines;
    for (const PickledFrame& frame : read_pickle_frames(bytes))
      for (const PickledPoint& point : frame)
        as_lines += point.name + (point.is_whole ? " 4096 " : " 0.3333333333333333 ") +
                    std::to_string(point.time_s) + '\n';
    EXPECT_EQ(as_lines, lines);
    EXPECT_EQ(of_pickle.encoded, of_lines.encoded);
    EXPECT_EQ(of_pickle.dropped, of_lines.dropped);
  }
}

TEST(GraphitePickle, AppendsToWhatIsThere) {
  std::string out = "before";
  GraphiteEncoder(*NameTemplate::parse(""), "squid", GraphiteFormat::kPickle)
      .encode(ReportBuilder().container("web", "0123").point("memory.usage", Stat::kLast, 1).build(), out);
  ASSERT_TRUE(out.starts_with("before"));
  EXPECT_THAT(
      read_pickle_frames(std::string_view(out).substr(6)),
      ElementsAre(ElementsAre(PickledPoint{"squid.db1.web.memory.usage.last", 1'700'000'000, 1, true})));
}

}  // namespace
}  // namespace squid
