#include "statsd/clean_name.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace squid::statsd {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

TEST(CleanName, EndsAtItsColon) {
  EXPECT_EQ(find_end_of_clean_name("shop.web.requests_per-Second:1|c"), 28U);
  EXPECT_EQ(find_end_of_clean_name("a:1|c"), 1U);
  for (const std::size_t length : {15, 16, 17, 63, 64, 65, 1000}) {
    std::string line(length, 'x');
    EXPECT_EQ(find_end_of_clean_name(line.append(":1")), length);
  }
  // Dots behind it are none of its.
  EXPECT_EQ(find_end_of_clean_name("shop.web.requests:..........."), 17U);
}

TEST(CleanName, IsAnotherOne) {
  for (const char* line :
       {"", ":1|c", "shop.web.requests per second:1|c", ".shop.web.requests:1|c", "shop..web.requests:1|c",
        "shop.web.requests.:1|c", "shop.web.requests;code=200:1|c", "shop.web.requests.per.second",
        "shop.web.requ\xC3\xA9tes:1|c", "shop/web/requests:1|c", "shop@web`requests{:1|c",
        "shop[web]requests:1|c"})
    EXPECT_EQ(find_end_of_clean_name(line), kNone) << line;
}

// Of all bytes, those at the borders of what is clean the most.
TEST(CleanName, FastIsAsSlow) {
  std::mt19937 random(11);
  const std::string likely = "azAZ09_-..:/@[`{";
  for (int round = 0; round < 300'000; ++round) {
    std::string line(random() % 90, 'x');
    const std::size_t others = random() % 4;
    for (std::size_t i = 0; i < others && !line.empty(); ++i)
      line[random() % line.size()] =
          random() % 4 != 0 ? likely[random() % likely.size()] : static_cast<char>(random() % 256);
    ASSERT_EQ(find_end_of_clean_name(line), find_end_of_clean_name_slowly(line)) << line;
  }
}

}  // namespace
}  // namespace squid::statsd
