#include "statsd/packet_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace squid::statsd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> lines_of(std::string_view packet) {
  std::vector<std::string> lines;
  for_each_line(packet, [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

TEST(PacketLines, LeavesOutEmptyOnes) {
  EXPECT_THAT(lines_of(""), IsEmpty());
  EXPECT_THAT(lines_of("\n\n\n"), IsEmpty());
  EXPECT_THAT(lines_of("a:1|c"), ElementsAre("a:1|c"));
  EXPECT_THAT(lines_of("a:1|c\n"), ElementsAre("a:1|c"));
  EXPECT_THAT(lines_of("\na:1|c\n\nb:2|c"), ElementsAre("a:1|c", "b:2|c"));
}

TEST(PacketLines, AreThoseOfTheStandardLibrary) {
  std::mt19937 random(5);
  for (int round = 0; round < 20'000; ++round) {
    std::string packet(random() % 300, 'x');
    for (char& c : packet)
      if (random() % 12 == 0) c = '\n';
    std::vector<std::string> expected;
    std::istringstream stream(packet);
    for (std::string line; std::getline(stream, line);)
      if (!line.empty()) expected.push_back(line);
    ASSERT_EQ(lines_of(packet), expected) << packet;
  }
}

}  // namespace
}  // namespace squid::statsd
