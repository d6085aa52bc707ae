#include "sinks/encode/utf8.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(DecodeUtf8, ReadsOneToFourBytes) {
  const auto expect = [](std::string_view text, char32_t value) {
    const CodePoint point = decode_utf8(text);
    EXPECT_TRUE(point.valid);
    EXPECT_EQ(point.value, value);
    EXPECT_EQ(point.length, text.size());
  };
  expect("a", 'a');
  expect("\xC2\x80", 0x80);
  expect("\xDF\xBF", 0x7FF);
  expect("\xE0\xA0\x80", 0x800);
  expect("\xEF\xBF\xBF", 0xFFFF);
  expect("\xF0\x90\x80\x80", 0x10000);
  expect("\xF4\x8F\xBF\xBF", 0x10FFFF);
}

TEST(DecodeUtf8, SkipsOneByteOfWhatIsNot) {
  for (const std::string_view text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE6\xBC", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    const CodePoint point = decode_utf8(text);
    EXPECT_FALSE(point.valid);
    EXPECT_EQ(point.value, 0xFFFDU);
    EXPECT_EQ(point.length, 1);
  }
}

TEST(IsInvisible, KnowsWhiteSpaceAndControls) {
  for (const char32_t code_point : {0x00U, 0x0AU, 0x20U, 0x7FU, 0x85U, 0xA0U, 0xADU, 0x200BU, 0x2028U,
                                    0x202EU, 0x3000U, 0xFEFFU, 0xE0001U})
    EXPECT_TRUE(is_invisible(code_point)) << std::hex << static_cast<unsigned>(code_point);
  for (const char32_t code_point : {0x21U, 0x7EU, 0xA1U, 0xE9U, 0x2010U, 0x6F22U, 0x1F419U})
    EXPECT_FALSE(is_invisible(code_point)) << std::hex << static_cast<unsigned>(code_point);
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width('a'), 1);
  EXPECT_EQ(display_width(0xE9), 1);
  EXPECT_EQ(display_width(0x301), 0);
  EXPECT_EQ(display_width(0x6F22), 2);
  EXPECT_EQ(display_width(0x1F419), 2);
}

}  // namespace
}  // namespace squid
