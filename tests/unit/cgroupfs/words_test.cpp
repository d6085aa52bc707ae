#include "cgroupfs/words.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(NextWord, TakesOneWordAndItsSeparator) {
  std::string_view text = "a bc  d";
  EXPECT_EQ(next_word(text, ' '), "a");
  EXPECT_EQ(next_word(text, ' '), "bc");
  EXPECT_EQ(next_word(text, ' '), "");
  EXPECT_EQ(next_word(text, ' '), "d");
  EXPECT_EQ(text, "");
  EXPECT_EQ(next_word(text, ' '), "");
}

}  // namespace
}  // namespace squid
