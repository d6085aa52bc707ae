#include "sinks/encode/terminal_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "sinks/encode/utf8.h"

namespace squid {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
// Combining marks take no column, and nothing else would stop a row of them.
constexpr std::size_t kBytesPerColumn = 12;

}  // namespace

std::string fit_text(std::string_view text, std::size_t columns) {
  std::string out;
  std::size_t used = 0;
  std::size_t cut_at =
      0;  // where to cut if the rest turns out not to fit: one column is left for the ellipsis
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    const bool shown = point.valid && (point.value == ' ' || !is_invisible(point.value));
    const std::size_t width = shown ? static_cast<std::size_t>(display_width(point.value)) : 1;
    if (used + width > columns || out.size() > columns * kBytesPerColumn) {
      out.resize(cut_at);
      if (columns > 0) out.append(kEllipsis);
      return out;
    }
    out.append(shown ? text.substr(0, point.length) : "?");
    used += width;
    if (used < columns) cut_at = out.size();
    text.remove_prefix(point.length);
  }
  return out;
}

std::size_t text_width(std::string_view fitted) {
  std::size_t width = 0;
  while (!fitted.empty()) {
    const CodePoint point = decode_utf8(fitted);
    width += static_cast<std::size_t>(display_width(point.value));
    fitted.remove_prefix(point.length);
  }
  return width;
}

std::string humanise_bytes(double bytes) {
  constexpr auto kUnits = std::to_array<std::string_view>({"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"});
  std::size_t unit = 0;
  // 999.5 would print as 1000, a fourth digit.
  while (std::fabs(bytes) >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  const double size = std::fabs(bytes);
  const int decimals = unit == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", bytes, decimals, kUnits[unit]);
}

}  // namespace squid
