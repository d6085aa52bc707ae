#include "sinks/encode/text_writer.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(TextWriter, AppendsPiecesOfAnySizeInOrder) {
  std::string expected = "before";
  std::string out = expected;
  {
    TextWriter writer(out);
    for (std::size_t size = 0; size < 20'000; size = size * 3 / 2 + 1) {
      const std::string piece(size, static_cast<char>('a' + size % 26));
      writer.put(piece);
      writer.put_number(static_cast<double>(size) + 0.5);
      expected += piece + std::to_string(size) + ".5";
    }
  }
  EXPECT_EQ(out, expected);
}

TEST(TextWriter, FillsItsBlockToTheLastByte) {
  for (std::size_t size = 8000; size < 8400; ++size) {
    std::string out;
    {
      TextWriter writer(out);
      writer.put(std::string(size, 'x'));
      writer.put_number(-1.2345678901234567e-308);
      writer.put("end");
    }
    ASSERT_EQ(out, std::string(size, 'x') + "-1.2345678901234567e-308end");
  }
}

}  // namespace
}  // namespace squid
