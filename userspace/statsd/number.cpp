#include "statsd/number.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace squid::statsd {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Most numbers are a few digits, and from_chars takes ten times as long for them.
constexpr std::size_t kFewDigits = 15;
std::optional<double> parse_few_digits(std::string_view text) {
  if (text.empty() || text.size() > kFewDigits) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return static_cast<double>(number);
}

std::optional<double> parse_digits(std::string_view text, int base) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return static_cast<double>(number);
}

// Is it a decimal that is nearer to zero than any double? from_chars tells the same of one that is too big.
bool is_too_small(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc::result_out_of_range && stop == end &&
         std::strtod(std::string(text).c_str(), nullptr) < 1;
}

int base_of(char mark) {
  switch (mark) {
    case 'x':
    case 'X':
      return 16;
    case 'o':
    case 'O':
      return 8;
    case 'b':
    case 'B':
      return 2;
    default:
      return 0;
  }
}

}  // namespace

std::optional<double> parse_decimal(std::string_view text) {
  if (const auto few = parse_few_digits(text)) return few;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  // from_chars would take a second sign, "inf" and "nan".
  if (text.empty() || (!is_digit(text.front()) && text.front() != '.')) return std::nullopt;
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || !std::isfinite(number)) return std::nullopt;
  return negative ? -number : number;
}

std::optional<double> parse_js_number(std::string_view text) {
  text = trim(text);
  if (text.empty()) return 0;
  if (text.size() > 2 && text[0] == '0')
    if (const int base = base_of(text[1])) return parse_digits(text.substr(2), base);
  const auto number = parse_decimal(text);
  return !number && is_too_small(text) ? 0 : number;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace squid::statsd
