#include "sinks/encode/terminal_text.h"

#include <gtest/gtest.h>

#include "support/hostile_names.h"

namespace squid {
namespace {

TEST(FitText, KeepsWhatFits) {
  EXPECT_EQ(fit_text("web", 3), "web");
  EXPECT_EQ(fit_text("", 3), "");
  EXPECT_EQ(fit_text("a b", 10), "a b");
}

TEST(FitText, CutsWithAnEllipsis) {
  EXPECT_EQ(fit_text("webserver", 4), "web\xE2\x80\xA6");
  EXPECT_EQ(fit_text("ab", 1), "\xE2\x80\xA6");
  EXPECT_EQ(fit_text("ab", 0), "");
  // Two columns each: a second one and the ellipsis do not fit into three.
  EXPECT_EQ(fit_text("\xE6\xBC\xA2\xE5\xAD\x97", 3), "\xE6\xBC\xA2\xE2\x80\xA6");
  EXPECT_EQ(fit_text("\xE6\xBC\xA2\xE5\xAD\x97", 4), "\xE6\xBC\xA2\xE5\xAD\x97");
}

TEST(FitText, ShowsNothingThatActsOnTheTerminal) {
  EXPECT_EQ(fit_text("\x1b[31mred", 20), "?[31mred");
  EXPECT_EQ(fit_text("a\nb\tc", 20), "a?b?c");
  EXPECT_EQ(fit_text("x\xE2\x80\xAEy", 20), "x?y");
  EXPECT_EQ(fit_text("bad\xFF", 20), "bad?");
}

TEST(FitText, IsNeverWiderThanAsked) {
  for (const std::string& name : hostile_names())
    for (const std::size_t columns : {0, 1, 2, 7, 40}) {
      const std::string text = fit_text(name, columns);
      EXPECT_LE(text_width(text), columns) << text;
      for (const char character : text) EXPECT_GE(static_cast<unsigned char>(character), 0x20);
    }
}

TEST(FitText, ARowOfAccentsEnds) {
  std::string accents = "e";
  for (int i = 0; i < 10'000; ++i) accents += "\xCC\x81";
  EXPECT_LE(fit_text(accents, 10).size(), 200U);
}

TEST(HumaniseBytes, WritesThreeDigits) {
  EXPECT_EQ(humanise_bytes(0), "0 B");
  EXPECT_EQ(humanise_bytes(999), "999 B");
  EXPECT_EQ(humanise_bytes(1000), "0.98 KiB");
  EXPECT_EQ(humanise_bytes(1024), "1.00 KiB");
  EXPECT_EQ(humanise_bytes(1536), "1.50 KiB");
  EXPECT_EQ(humanise_bytes(10'240), "10.0 KiB");
  EXPECT_EQ(humanise_bytes(102'400), "100 KiB");
  EXPECT_EQ(humanise_bytes(1'048'576), "1.00 MiB");
  EXPECT_EQ(humanise_bytes(25'769'803'776.0), "24.0 GiB");
  EXPECT_EQ(humanise_bytes(1e30), "867361737988 EiB");
}

}  // namespace
}  // namespace squid
