#include "statsd/line_splitter.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace squid::statsd {

void LineSplitter::add(std::string_view piece, const Intake& intake) {
  assert(piece.size() <= kLongestLine);
  const std::size_t end = piece.rfind('\n');
  if (end == std::string_view::npos) return hold(piece, intake);
  std::string_view lines = piece.substr(0, end);
  if (dropping_ || !held_.empty()) {
    const std::size_t rest_of_line = std::min(lines.find('\n'), lines.size());
    hold(lines.substr(0, rest_of_line), intake);
    finish(intake);
    lines.remove_prefix(std::min(rest_of_line + 1, lines.size()));
  }
  if (!lines.empty()) intake.take(lines);
  hold(piece.substr(end + 1), intake);
}

void LineSplitter::hold(std::string_view begin, const Intake& intake) {
  if (dropping_) return;
  if (held_.size() + begin.size() > kLongestLine) {
    held_.clear();
    dropping_ = true;
    return intake.drop(BadLine::kTooLong);
  }
  held_.append(begin);
}

void LineSplitter::finish(const Intake& intake) {
  dropping_ = false;
  if (!held_.empty()) intake.take(held_);
  held_.clear();
}

void LineSplitter::cut(const Intake& intake) {
  dropping_ = false;
  if (!held_.empty()) intake.drop(BadLine::kCutOff);
  held_.clear();
}

}  // namespace squid::statsd
