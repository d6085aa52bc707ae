#include "core/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace squid {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 5;
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(*value, 5);
  const Result<int> error = Error{"it is broken", 3};
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().message, "it is broken");
  EXPECT_EQ(error.error().code, 3);
}

TEST(Result, OfAStringIsNotAnError) {
  const Result<std::string> text = std::string("text");
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->size(), 4U);
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> owner = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(owner).value();
  EXPECT_EQ(*taken, 5);
}

TEST(Result, OfNothing) {
  EXPECT_TRUE(Result<void>().has_value());
  EXPECT_EQ(Result<void>(Error{"no"}).error().message, "no");
}

TEST(ErrnoError, SaysWhatAndWhy) {
  const Error error = errno_error("cannot open x", ENOENT);
  EXPECT_EQ(error.message, "cannot open x: No such file or directory");
  EXPECT_EQ(error.code, ENOENT);
}

}  // namespace
}  // namespace squid
