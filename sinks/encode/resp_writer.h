// RespWriter: commands for Redis, in its own protocol. Texts go with their length, so no name can become a
// command.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "sinks/encode/number.h"

namespace squid {

class RespWriter {
 public:
  explicit RespWriter(std::string& out) : out_(out) {}

  // So many arguments follow, the command's own name included.
  void command(std::size_t arguments) { put('*', arguments); }
  void text(std::string_view argument) {
    put('$', argument.size());
    out_.append(argument).append("\r\n");
  }
  void whole(std::uint64_t value) { text(fmt::format_int(value).c_str()); }
  // `value` is finite.
  void number(double value) {
    std::array<char, kNumberLength> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const char* end = write_number(digits.data(), value);
    text({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }

 private:
  void put(char mark, std::size_t count) {
    out_ += mark;
    const fmt::format_int digits(count);
    out_.append(digits.data(), digits.size()).append("\r\n");
  }

  std::string& out_;
};

}  // namespace squid
