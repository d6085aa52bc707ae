// What both grammars need to read text: numbers as statsd clients write them. Those of decimals refuse what
// is not finite.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace squid::statsd {

constexpr auto kNone = std::string_view::npos;

// A whole number and nothing else.
template <typename Integer>
bool parse_integer(std::string_view text, Integer& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return !text.empty() && error == std::errc{} && stop == end;
}

// "12", "-1.5", "+.5", "1e3".
std::optional<double> parse_decimal(std::string_view text);

// What JavaScript's Number() takes: also 0x10, 0b1, 0o7, white space around it, and as 0 white space alone
// and what is too small for a double.
std::optional<double> parse_js_number(std::string_view text);

// Without JavaScript's white space at both ends, ASCII only.
std::string_view trim(std::string_view text);

}  // namespace squid::statsd
