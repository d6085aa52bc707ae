#include "statsd/line_splitter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace squid::statsd {
namespace {

struct Lines {
  std::vector<std::string> taken;
  std::vector<BadLine> dropped;
  Intake intake{.take =
                    [this](std::string_view lines) {
                      std::istringstream stream{std::string(lines)};
                      for (std::string line; std::getline(stream, line);)
                        if (!line.empty()) taken.push_back(line);
                    },
                .drop = [this](BadLine reason) { dropped.push_back(reason); }};
};

using Texts = std::vector<std::string>;

TEST(LineSplitter, TheSameLinesHoweverTheyCome) {
  const std::string text = "a:1|c\n\nb:2|c\r\n\n" + std::string(500, 'x') + "\nlast:3|c";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    LineSplitter splitter;
    Lines lines;
    for (std::size_t at = 0; at < text.size(); at += size)
      splitter.add(std::string_view(text).substr(at, size), lines.intake);
    EXPECT_TRUE(splitter.has_open_line());
    splitter.finish(lines.intake);
    EXPECT_FALSE(splitter.has_open_line());
    EXPECT_EQ(lines.taken, (Texts{"a:1|c", "b:2|c\r", std::string(500, 'x'), "last:3|c"})) << size;
    EXPECT_TRUE(lines.dropped.empty());
  }
}

TEST(LineSplitter, ALineThatNeverEndsIsDroppedOnceAndItsNeighboursLive) {
  LineSplitter splitter;
  Lines lines;
  splitter.add("a:1|c\nlong", lines.intake);
  for (int i = 0; i < 100; ++i) splitter.add(std::string(LineSplitter::kLongestLine, 'x'), lines.intake);
  EXPECT_EQ(lines.dropped, std::vector<BadLine>{BadLine::kTooLong});
  EXPECT_FALSE(splitter.has_open_line());
  splitter.add("xx\nb:2|c\nc:3", lines.intake);
  splitter.add("|c\n", lines.intake);
  EXPECT_EQ(lines.taken, (Texts{"a:1|c", "b:2|c", "c:3|c"}));
  EXPECT_EQ(lines.dropped.size(), 1U);
}

TEST(LineSplitter, TheLongestLineIsTaken) {
  LineSplitter splitter;
  Lines lines;
  const std::string longest(LineSplitter::kLongestLine, 'x');
  splitter.add(longest, lines.intake);
  splitter.add("\n", lines.intake);
  splitter.add(longest, lines.intake);
  splitter.add("x\n", lines.intake);
  EXPECT_EQ(lines.taken, Texts{longest});
  EXPECT_EQ(lines.dropped, std::vector<BadLine>{BadLine::kTooLong});
}

TEST(LineSplitter, ALineThatIsCutOffIsNoLine) {
  LineSplitter splitter;
  Lines lines;
  splitter.add("a:1|c\nb:2", lines.intake);
  splitter.cut(lines.intake);
  splitter.cut(lines.intake);
  splitter.finish(lines.intake);
  EXPECT_EQ(lines.taken, Texts{"a:1|c"});
  EXPECT_EQ(lines.dropped, std::vector<BadLine>{BadLine::kCutOff});
}

}  // namespace
}  // namespace squid::statsd
