#include "statsd/clean_name.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "statsd/key_buffer.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace squid::statsd {
namespace {

constexpr std::size_t kNoEnd = std::string_view::npos;

}  // namespace

std::size_t find_end_of_clean_name_slowly(std::string_view line) {
  std::size_t component = 0;  // where it begins
  for (std::size_t at = 0; at < line.size(); ++at) {
    const NameByte kind = name_byte(line[at]);
    if (kind == NameByte::kClean) continue;
    // None of them is empty.
    if (at == component) return kNoEnd;
    if (kind == NameByte::kColon) return at;
    if (kind != NameByte::kDot) return kNoEnd;
    component = at + 1;
  }
  return kNoEnd;
}

#ifdef __SSE2__

namespace {

constexpr std::size_t kBlock = sizeof(__m128i);
constexpr std::size_t kMostBytes = 64;  // one bit for each

// A bit for each byte.
struct Marks {
  std::uint64_t dots;
  std::uint64_t stops;  // neither a dot nor clean
};

__m128i is_between(__m128i bytes, char first, char last) {
  const __m128i distance = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
  // There is no comparison of bytes without a sign.
  return _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8(static_cast<char>(last - first))), distance);
}

Marks marks_of(const char* text) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  const __m128i letters = is_between(_mm_or_si128(bytes, _mm_set1_epi8('a' - 'A')), 'a', 'z');
  const __m128i digits = is_between(bytes, '0', '9');
  const __m128i strokes =
      _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
  const __m128i dots = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('.'));
  const __m128i passed = _mm_or_si128(_mm_or_si128(letters, digits), _mm_or_si128(strokes, dots));
  return {.dots = static_cast<std::uint32_t>(_mm_movemask_epi8(dots)),
          .stops = static_cast<std::uint32_t>(_mm_movemask_epi8(passed)) ^ 0xFFFF};
}

}  // namespace

std::size_t find_end_of_clean_name(std::string_view line) {
  const std::size_t seen = std::min(line.size(), kMostBytes);
  if (seen < kBlock) return find_end_of_clean_name_slowly(line);
  std::uint64_t dots = 0;
  std::uint64_t stops = 0;
  for (std::size_t at = 0; stops == 0 && at < seen; at += kBlock) {
    // The last one overlaps with the one before it: nothing behind the line is read.
    const std::size_t from = std::min(at, seen - kBlock);
    const Marks marks = marks_of(line.data() + from);
    dots |= marks.dots << from;
    stops = marks.stops << from;
  }
  if (stops == 0) return line.size() > seen ? find_end_of_clean_name_slowly(line) : kNoEnd;
  const auto end = static_cast<std::size_t>(std::countr_zero(stops));
  if (line[end] != ':') return kNoEnd;
  const std::uint64_t begins = (dots << 1) | 1;
  const std::uint64_t ends = dots | (std::uint64_t{1} << end);
  // What stands behind the name is none of it.
  const std::uint64_t name = (std::uint64_t{2} << end) - 1;
  return (begins & ends & name) == 0 ? end : kNoEnd;
}

#else

std::size_t find_end_of_clean_name(std::string_view line) {
  return find_end_of_clean_name_slowly(line);
}

#endif

}  // namespace squid::statsd
