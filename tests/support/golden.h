// Golden files: the exact bytes that a user's programs may rely on. To accept a change, run the test with
// SQUID_UPDATE_GOLDEN=1 and read the difference before committing it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace squid {

// `file` is relative to tests/golden/data.
inline void expect_golden(const std::string& actual, const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(SQUID_TEST_DATA) / "golden" / "data" / file;
  if (std::getenv("SQUID_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream stream(path, std::ios::binary);
  ASSERT_TRUE(stream) << path << " is missing; make it with SQUID_UPDATE_GOLDEN=1";
  const std::string expected{std::istreambuf_iterator<char>(stream), {}};
  if (actual == expected) return;

  // Only the first line that differs: the whole text would hide it.
  std::istringstream actual_lines(actual);
  std::istringstream expected_lines(expected);
  for (int number = 1;; ++number) {
    std::string actual_line = "(the end)";
    std::string expected_line = "(the end)";
    std::getline(actual_lines, actual_line);
    std::getline(expected_lines, expected_line);
    ASSERT_EQ(actual_line, expected_line) << path.string() << ":" << number;
    ASSERT_TRUE(actual_lines && expected_lines) << path << " differs in its last newline";
  }
}

}  // namespace squid
