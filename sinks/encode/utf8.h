// UTF-8, one code point at a time. Names come from people and images: every encoder needs to know where a
// character ends, whether it is one at all, and whether it can be seen. No normalisation, no locale.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace squid {

struct CodePoint {
  char32_t value = 0xFFFD;
  std::uint8_t length = 1;  // bytes to skip
  bool valid = false;
};

// The first code point of `text`, which is not empty. A byte that begins none is skipped alone.
CodePoint decode_utf8(std::string_view text);

// Has no glyph of its own: controls, every kind of white space, and the marks that reorder or hide what
// stands beside them. ASCII space included.
bool is_invisible(char32_t code_point);

// Columns that a terminal gives to a visible code point: 0 (combining), 1 or 2 (East Asian, emoji).
int display_width(char32_t code_point);

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

}  // namespace squid
