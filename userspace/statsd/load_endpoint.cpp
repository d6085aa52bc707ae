#include "statsd/load_endpoint.h"

#include <fmt/format.h>

#include <charconv>

namespace squid::statsd {

HttpAnswer answer_load(const LoadFrames& frames, std::string_view target) {
  std::string_view path = target.substr(0, target.find('?'));
  constexpr std::string_view kFull = "/full";
  const bool full = path.ends_with(kFull);
  if (full) path.remove_suffix(kFull.size());
  if (path == "/" && !full) path = "/1";
  std::size_t minutes = 0;
  const char* end = path.data() + path.size();
  const bool number = path.starts_with('/') && std::from_chars(path.data() + 1, end, minutes).ptr == end;
  if (!number || minutes < 1 || minutes > LoadFrames::kMostFrames)
    return {.status = 404,
            .body = fmt::format("{{\"error\": \"there is /N and /N/full, with N from 1 to {} minutes\"}}\n",
                                LoadFrames::kMostFrames)};
  return {.status = 200, .body = frames.encode(minutes, full)};
}

}  // namespace squid::statsd
