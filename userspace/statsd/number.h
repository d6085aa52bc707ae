// Numbers as statsd clients write them. All of these refuse what is not finite.
#pragma once

#include <optional>
#include <string_view>

namespace squid::statsd {

// "12", "-1.5", "+.5", "1e3".
std::optional<double> parse_decimal(std::string_view text);

// What JavaScript's Number() takes: also 0x10, 0b1, 0o7, white space around it, and white space alone as 0.
std::optional<double> parse_js_number(std::string_view text);

// Without JavaScript's white space at both ends, ASCII only.
std::string_view trim(std::string_view text);

}  // namespace squid::statsd
