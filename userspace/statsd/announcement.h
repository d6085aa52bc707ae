// Announcements: DogStatsD's events (`_e{5,4}:title|text|...`) and service checks (`_sc|name|0|...`). They
// are checked and taken apart; nothing ships them yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "statsd/value.h"

namespace squid::statsd {

struct Announcement {
  enum class Kind : std::uint8_t { kEvent, kServiceCheck };
  Kind kind = Kind::kEvent;
  std::string_view title;   // of a service check: its name
  std::string_view text;    // of a service check: its message; line ends are written as \n in it
  std::uint8_t status = 0;  // of a service check: 0 ok, 1 warning, 2 critical, 3 unknown
  std::int64_t time_s = 0;  // 0: now
  std::string_view host;
  std::string_view tags;      // "a:b,c"
  std::string_view priority;  // of an event: "normal" or "low"
  std::string_view alert;     // of an event: "error", "warning", "info" or "success"
};

// Whether a line is meant to be one, whatever is wrong with it.
inline bool is_announcement(std::string_view line) {
  // Every line is asked, and comparing texts takes a tenth of the time that it has.
  return line.starts_with('_') && (line.starts_with("_e{") || line.starts_with("_sc|"));
}

std::optional<Announcement> parse_announcement(std::string_view line);

}  // namespace squid::statsd
