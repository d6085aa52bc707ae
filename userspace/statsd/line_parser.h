// LineParser: reads one line after the other, without allocating.
//
//   parser.begin(line);
//   while (parser.next() != Outcome::kEnd) ...   parser.value(), parser.bad(), parser.announcement()
//
// Every line has at least one outcome; what is bad costs nothing but itself.
#pragma once

#include <optional>
#include <string_view>

#include "statsd/announcement.h"
#include "statsd/split_grammar.h"
#include "statsd/strict_grammar.h"
#include "statsd/value.h"

namespace squid::statsd {

class LineParser {
 public:
  enum class Outcome : std::uint8_t { kEnd, kValue, kBad, kAnnouncement };

  explicit LineParser(Dialect dialect) : dialect_(dialect), split_(dialect) {}

  // `line` has no '\n' in it, and outlives what is read from it.
  void begin(std::string_view line);
  Outcome next() {
    if (state_ == State::kDone) return Outcome::kEnd;
    if (state_ != State::kPlain) return next_of_others();
    state_ = State::kDone;
    return Outcome::kValue;
  }

  // Of the outcome at hand.
  const Value& value() const { return value_; }
  BadLine bad() const { return *bad_; }
  const Announcement& announcement() const { return *announcement_; }
  // Of the line.
  const Claim& claim() const { return strict_.claim(); }

 private:
  enum class State : std::uint8_t { kDone, kPlain, kValues, kBadLine, kAnnouncement };

  Outcome next_of_others();

  Dialect dialect_;
  State state_ = State::kDone;
  StrictGrammar strict_;
  SplitGrammar split_;
  Value value_;
  std::optional<BadLine> bad_;
  std::optional<Announcement> announcement_;
};

}  // namespace squid::statsd
