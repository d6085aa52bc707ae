// How a value is written: in every text format with the fewest digits that read back as the same double.
#pragma once

#include <fmt/compile.h>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace squid {

// Most that write_number() writes: -1.2345678901234567e-308.
inline constexpr std::size_t kNumberLength = 24;

// Is it a whole number that can be written in full? `value` is finite.
inline bool is_whole_number(double value) {
  // Beyond this, not every whole number is a double.
  constexpr double kWholeLimit = 9007199254740992.0;
  return std::fabs(value) < kWholeLimit && static_cast<double>(static_cast<std::int64_t>(value)) == value;
}

// `value` is finite, and there is room for kNumberLength at `out`. Returns the end of what was written.
inline char* write_number(char* out, double value) {
  // The shortest form of 100000 would be 1e+05; and in full it is four times as fast.
  if (is_whole_number(value))
    return std::to_chars(out, out + kNumberLength, static_cast<std::int64_t>(value)).ptr;
  return fmt::format_to(out, FMT_COMPILE("{}"), value);
}

}  // namespace squid
