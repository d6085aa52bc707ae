#include "statsd/line_parser.h"

#include <utility>

namespace squid::statsd {

void LineParser::begin(std::string_view line) {
  if (dialect_ == Dialect::kStrict && is_announcement(line)) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    strict_.forget_claim();
    announcement_ = parse_announcement(line);
    state_ = announcement_ ? State::kAnnouncement : State::kBadLine;
    bad_ = BadLine::kBadEvent;
    return;
  }
  if (dialect_ == Dialect::kStrict) {
    bad_ = strict_.begin(line, value_);
    if (strict_.is_plain()) return void(state_ = State::kPlain);
  } else {
    bad_ = split_.begin(line);
  }
  state_ = bad_ ? State::kBadLine : State::kValues;
}

LineParser::Outcome LineParser::next_of_others() {
  if (state_ == State::kValues) {
    const bool more = dialect_ == Dialect::kStrict ? strict_.next(value_, bad_) : split_.next(value_, bad_);
    if (more) return bad_ ? Outcome::kBad : Outcome::kValue;
    state_ = State::kDone;
    return Outcome::kEnd;
  }
  switch (std::exchange(state_, State::kDone)) {
    case State::kBadLine:
      return Outcome::kBad;
    case State::kAnnouncement:
      return Outcome::kAnnouncement;
    default:
      return Outcome::kEnd;
  }
}

}  // namespace squid::statsd
