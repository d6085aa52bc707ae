#include "sinks/encode/escape.h"

#include <array>

#include "sinks/encode/utf8.h"

namespace squid {
namespace {

constexpr auto kStays = [] {
  std::array<bool, 256> stays{};
  for (const char character :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-:+@%"))
    stays[static_cast<unsigned char>(character)] = true;
  return stays;
}();

// Escapes from `text` on, until it ends or the component, which began at `start`, is full. What is in `also`
// stays too.
void append_slowly(std::string& out, std::size_t start, std::string_view text, std::string_view also = {}) {
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    const bool stays = point.value < 0x80
                           ? kStays[point.value] || also.find(text.front()) != std::string_view::npos
                           : point.valid && !is_invisible(point.value);
    const std::string_view written = stays ? text.substr(0, point.length) : "_";
    if (out.size() - start + written.size() > kComponentBytes) return;
    out.append(written);
    text.remove_prefix(point.length);
  }
}

}  // namespace

bool is_name_character(unsigned char character) {
  return kStays[character];
}

bool is_whole_name(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.front() == ';') return false;
  for (const char character : name)
    if (!kStays[static_cast<unsigned char>(character)] && character != '.' && character != ';' &&
        character != '=')
      return false;
  return true;
}

void append_component(std::string& out, std::string_view text) {
  if (text.empty()) text = "_";
  const std::size_t start = out.size();
  std::size_t clean = 0;
  while (clean < text.size() && clean < kComponentBytes && kStays[static_cast<unsigned char>(text[clean])])
    ++clean;
  out.append(text.substr(0, clean));
  append_slowly(out, start, text.substr(clean));
}

void append_tag_text(std::string& out, std::string_view text) {
  append_slowly(out, out.size(), text, "./");
}

void append_path(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  while (!text.empty()) {
    const std::size_t dot = text.find('.');
    const std::string_view component = text.substr(0, dot);
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
    if (component.empty()) continue;
    if (out.size() != start) out += '.';
    append_component(out, component);
  }
  if (out.size() == start) out += '_';
}

}  // namespace squid
