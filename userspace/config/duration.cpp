#include "config/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace squid {
namespace {

struct Unit {
  std::string_view name;
  double nanoseconds;
};

// Longer names first where one is the beginning of another ("ms" before "m").
constexpr std::array<Unit, 7> kUnits{
    {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};

// About 31 years: far above any sensible interval, far below what a 64-bit number of nanoseconds holds.
constexpr double kLongest = 1e18;

Error bad_duration(std::string_view text) {
  return Error{
      fmt::format("'{}' is no duration; write a number and a unit, for example 100ms, 1s or 1m30s", text)};
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  double total = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || number < 0 || !std::isfinite(number)) return bad_duration(text);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));

    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits)
      if (unit == nullptr && rest.starts_with(candidate.name)) unit = &candidate;
    if (unit == nullptr) return bad_duration(text);
    rest.remove_prefix(unit->name.size());
    total += number * unit->nanoseconds;
  }
  if (text.empty() || total > kLongest) return bad_duration(text);
  return std::chrono::nanoseconds(std::llround(total));
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const auto value = static_cast<double>(duration.count());
  if (value >= 3600e9 && std::fmod(value, 3600e9) == 0) return fmt::format("{}h", value / 3600e9);
  if (value >= 60e9 && std::fmod(value, 60e9) == 0) return fmt::format("{}m", value / 60e9);
  if (value >= 1e9) return fmt::format("{}s", value / 1e9);
  if (value >= 1e6) return fmt::format("{}ms", value / 1e6);
  return fmt::format("{}us", value / 1e3);
}

}  // namespace squid
