// RedisStreamEncoder: a report as entries of a stream, for consumers that must not miss anything. An entry
// has `time`, facts about the host, `container` and `id`, then each value under its name; a subject with more
// values than an entry takes has several. The ids grow with the time of the report, and are the same if the
// report is sent again, so that Redis refuses what it has.
#pragma once

#include <cstdint>
#include <string>

#include "core/report.h"
#include "sinks/encode/stat_names.h"

namespace squid {

class RedisStreamEncoder {
 public:
  // Most values of one entry.
  static constexpr std::size_t kEntryPoints = 512;

  // Redis keeps about the newest `entries`. In a second in which somebody else may have written to the
  // stream before, ids begin at `first_number`.
  RedisStreamEncoder(std::string key, std::uint64_t entries, std::uint64_t first_number = 0)
      : key_(std::move(key)), entries_(entries), first_number_(first_number) {}

  // Appends commands to `out`.
  EncodeTally encode(const Report& report, std::string& out);

 private:
  std::string next_id();

  std::string key_;
  std::uint64_t entries_;
  std::uint64_t time_ms_ = 0;   // of the last id; stands still while the clock goes back
  std::uint64_t first_number_;  // of the first second
  std::uint64_t number_ = 0;
};

}  // namespace squid
