// How a value is written in every text format: the fewest digits that read back as the same double.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

namespace squid {

// Longest that append_number() writes.
inline constexpr std::size_t kNumberLength = 24;

// `value` is finite.
inline void append_number(std::string& out, double value) {
  // Beyond this, not every whole number is a double.
  constexpr double kWholeLimit = 9007199254740992.0;
  char buffer[kNumberLength];
  std::to_chars_result end{};
  // Whole numbers in full: the shortest form of 100000 would be 1e+05.
  if (std::fabs(value) < kWholeLimit && static_cast<double>(static_cast<std::int64_t>(value)) == value)
    end = std::to_chars(buffer, buffer + sizeof buffer, static_cast<std::int64_t>(value));
  else
    end = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end.ptr);
}

}  // namespace squid
