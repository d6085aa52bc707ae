#include "core/container.h"

#include <gtest/gtest.h>

namespace squid {
namespace {

TEST(ShortId, IsWhatDockerShows) {
  EXPECT_EQ(short_id("63425c4a8b4291744a79dd9011fddc7a"), "63425c4a8b42");
  EXPECT_EQ(short_id("abc"), "abc");
}

}  // namespace
}  // namespace squid
