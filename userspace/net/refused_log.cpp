#include "net/refused_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace squid {
namespace {

constexpr std::string_view kName = "/refused.log";
constexpr std::string_view kNameBefore = "/refused.1";
// Ends what was cut, because it alone would not fit into a file.
constexpr std::string_view kCut = "...\n";

// No more than fits, and a little.
void append_escaped(std::string& line, std::string_view text, std::size_t most_bytes) {
  for (const char c : text) {
    if (line.size() > most_bytes) return;
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\')
      line += "\\\\";
    else if (c == '\n')
      line += "\\n";
    else if (c == '\r')
      line += "\\r";
    else if (c == '\t')
      line += "\\t";
    else if (byte < 0x20 || byte >= 0x7f)
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", byte);
    else
      line += c;
  }
}

std::string encode_line(std::string_view time, std::string_view server, const Refusal& refusal,
                        std::size_t most_bytes) {
  std::string line(time);
  for (const std::string_view field : {server, std::string_view(refusal.reason), refusal.record}) {
    line += '\t';
    append_escaped(line, field, most_bytes);
  }
  line += '\n';
  if (line.size() <= most_bytes) return line;
  line.resize(most_bytes - std::min(most_bytes, kCut.size()));
  line += kCut;
  return line;
}

}  // namespace

void RefusedLog::append(std::chrono::system_clock::time_point now, std::string_view server,
                        std::span<const Refusal> refusals) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::string time = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
  std::string lines;
  for (const Refusal& refusal : refusals) {
    const std::string line = encode_line(time, server, refusal, limit_bytes_);
    if (lines.size() + line.size() > limit_bytes_) write(lines);
    lines += line;
  }
  write(lines);
}

void RefusedLog::make_room(std::size_t bytes) {
  if (!file_) {
    auto file = SpoolFile::open(directory_ + std::string(kName));
    if (!file) return;
    file_ = *std::move(file);
  }
  if (file_->size() + bytes <= limit_bytes_) return;
  file_.reset();
  std::error_code failed;
  std::filesystem::rename(directory_ + std::string(kName), directory_ + std::string(kNameBefore), failed);
  if (!failed) make_room(bytes);
}

void RefusedLog::write(std::string& lines) {
  if (!lines.empty()) make_room(lines.size());
  if (!lines.empty() && file_ && file_->append(lines, {})) path_ = directory_ + std::string(kName);
  lines.clear();
}

}  // namespace squid
