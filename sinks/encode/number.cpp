#include "sinks/encode/number.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace squid {
namespace {

constexpr int kLongestWhole = 21;  // digits that are written in full
constexpr int kLowestPower = -6;   // of the first digit, in numbers that are written in full

struct Decimal {
  std::array<char, 20> bytes{};
  std::size_t count = 0;
  int power = 0;  // of the first digit

  std::string_view digits() const { return {bytes.data(), count}; }
};

Decimal shortest_decimal(double positive) {
  std::array<char, kNumberLength> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): written at once
  char* const end =
      std::to_chars(bytes.data(), bytes.data() + bytes.size(), positive, std::chars_format::scientific).ptr;
  const std::string_view text(bytes.data(), static_cast<std::size_t>(end - bytes.data()));  // "1.2345e-05"
  const std::size_t mark = text.find('e');
  Decimal decimal;
  for (const char c : text.substr(0, mark))
    if (c != '.') decimal.bytes[decimal.count++] = c;
  std::from_chars(&text[mark + (text[mark + 1] == '+' ? 2 : 1)], end, decimal.power);
  return decimal;
}

char* write(char* out, std::string_view text) {
  return std::copy(text.begin(), text.end(), out);
}

}  // namespace

char* write_extreme_number(char* out, double value) {
  if (value < 0) *out++ = '-';
  const Decimal decimal = shortest_decimal(std::fabs(value));
  const std::string_view digits = decimal.digits();
  const int power = decimal.power;
  if (power >= 0 && power < kLongestWhole)
    return std::fill_n(write(out, digits), static_cast<std::size_t>(power) + 1 - digits.size(), '0');
  if (power < 0 && power >= kLowestPower)
    return write(std::fill_n(write(out, "0."), -power - 1, '0'), digits);
  *out++ = digits.front();
  if (digits.size() > 1) out = write(write(out, "."), digits.substr(1));
  out = write(out, power < 0 ? "e-" : "e+");
  return std::to_chars(out, out + 3, std::abs(power)).ptr;
}

}  // namespace squid
