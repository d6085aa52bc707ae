// How a value is written: in every text format with the fewest digits that read back as the same double, in
// full from 0.000001 up to 21 digits and with an exponent beyond. That is how JavaScript prints numbers, so a
// series of statsd/statsd goes on byte for byte.
#pragma once

#include <fmt/compile.h>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace squid {

// Most that write_number() writes: -0.0000012345678901234567.
inline constexpr std::size_t kNumberLength = 25;

// Is it a whole number that can be written in full? `value` is finite.
inline bool is_whole_number(double value) {
  // Beyond this, not every whole number is a double.
  constexpr double kWholeLimit = 9007199254740992.0;
  return std::fabs(value) < kWholeLimit && static_cast<double>(static_cast<std::int64_t>(value)) == value;
}

// Of the rare ones that are very big or very small: fmt would write 1e+16 and 1e-05.
char* write_extreme_number(char* out, double value);

// `value` is finite, and there is room for kNumberLength at `out`. Returns the end of what was written.
inline char* write_number(char* out, double value) {
  // The shortest form of 100000 would be 1e+05; and in full it is four times as fast.
  if (is_whole_number(value))
    return std::to_chars(out, out + kNumberLength, static_cast<std::int64_t>(value)).ptr;
  constexpr double kSmallest = 1e-4;
  constexpr double kBiggest = 1e16;
  const double magnitude = std::fabs(value);
  if (magnitude < kSmallest || (magnitude >= kBiggest && std::isfinite(magnitude)))
    return write_extreme_number(out, value);
  return fmt::format_to(out, FMT_COMPILE("{}"), value);
}

}  // namespace squid
