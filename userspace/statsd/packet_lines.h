// The lines of a packet. Where they end is looked up for many of them at once: with memchr() each search
// could only begin once the one before had ended.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace squid::statsd {

inline constexpr std::size_t kBytesAtOnce = 64;

// A bit for each of the bytes: is it a '\n'?
inline std::uint64_t find_line_ends(const char* bytes) {
  std::uint64_t ends = 0;
#ifdef __SSE2__
  constexpr std::size_t kBlockBytes = sizeof(__m128i);
  for (std::size_t at = 0; at < kBytesAtOnce; at += kBlockBytes) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
    const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('\n')));
    ends |= std::uint64_t{static_cast<std::uint32_t>(found)} << at;
  }
#else
  for (std::size_t at = 0; at < kBytesAtOnce; ++at) ends |= std::uint64_t{bytes[at] == '\n'} << at;
#endif
  return ends;
}

// Calls `take` with each that is not empty, without its '\n'.
template <typename Take>
void for_each_line(std::string_view packet, Take take) {
  std::size_t begin = 0;
  const auto end_at = [&](std::size_t end) {
    if (end > begin) take(packet.substr(begin, end - begin));
    begin = end + 1;
  };
  std::size_t at = 0;
  for (; packet.size() - at >= kBytesAtOnce; at += kBytesAtOnce)
    for (std::uint64_t ends = find_line_ends(packet.data() + at); ends != 0; ends &= ends - 1)
      end_at(at + static_cast<std::size_t>(std::countr_zero(ends)));
  for (; at < packet.size(); ++at)
    if (packet[at] == '\n') end_at(at);
  end_at(packet.size());
}

}  // namespace squid::statsd
