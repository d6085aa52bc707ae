// The lines of a statsd packet, empty ones left out.
#pragma once

#include <string_view>

template <typename Take>
void for_each_line(std::string_view packet, const Take& take) {
  while (!packet.empty()) {
    const std::size_t end = packet.find('\n');
    const std::string_view line = packet.substr(0, end);
    packet.remove_prefix(end == std::string_view::npos ? packet.size() : end + 1);
    if (!line.empty()) take(line);
  }
}
