// next_word(): splits the kernel's text files without allocating.
#pragma once

#include <string_view>

namespace squid {

// Takes the text up to the separator off the front, and the separator with it.
inline std::string_view next_word(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

}  // namespace squid
