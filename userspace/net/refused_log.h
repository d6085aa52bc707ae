// RefusedLog: what a server will never take, kept for people, beside the spool of its sink. One line for each
// record: time, server, reason, record, with tabs between them. A backslash begins an escape (\n, \t, \\,
// \x00), so that neither a reason nor a record can look like another line.
//
// At its limit `refused.log` becomes `refused.1`, which is the end of the one before. What cannot be written
// is gone, and costs nothing else: whoever calls has counted it already.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/spool_file.h"

namespace squid {

struct Refusal {
  std::string_view record;
  std::string reason;  // as the server gave it
};

class RefusedLog {
 public:
  static constexpr std::size_t kLimitBytes = 4 << 20;

  explicit RefusedLog(std::string directory, std::size_t limit_bytes = kLimitBytes)
      : directory_(std::move(directory)), limit_bytes_(limit_bytes) {}

  void append(std::chrono::system_clock::time_point now, std::string_view server,
              std::span<const Refusal> refusals);
  // Empty until something was kept.
  const std::string& path() const { return path_; }

 private:
  void make_room(std::size_t bytes);
  void write(std::string& lines);

  std::string directory_;
  std::size_t limit_bytes_;
  std::string path_;
  std::optional<SpoolFile> file_;
};

}  // namespace squid
