// StrictGrammar: a line in the default dialect, which has what all statsd clients write:
//
//   name : value [: value ...] | type [| @rate] [: value | type ...] [| #tags | c:container | T... | e:... |
//   ...] name,tag=value   name#tag=value   name[tag=value]   name;tag=value
//
// Several values behind one name may be packed (1:2:3|ms) or have a type each (1|c:320|ms); rate and tags
// hold for all packed ones, tags for the whole line. A set's value may have colons. Fields behind these come
// in any order; unknown ones are passed over, because later versions have more. What is not clearly right is
// refused.
#pragma once

#include <optional>
#include <string_view>

#include "statsd/key_buffer.h"
#include "statsd/tags.h"
#include "statsd/value.h"

namespace squid::statsd {

class StrictGrammar {
 public:
  // `line` is not empty and outlives what is read from it. A reason: there is nothing in it to be read.
  // Of most lines `value` is read at once: put aside first, it would be waited for, because a processor does
  // not read in one go what it has just written in pieces.
  std::optional<BadLine> begin(std::string_view line, Value& value);
  // A line with nothing but one whole number and its type: that is the value, and there is no other.
  bool is_plain() const { return is_plain_; }
  // The next value, false at the end of the line. With a reason in `bad` that value is refused, and the ones
  // behind it are not. It is the same `value` all along.
  bool next(Value& value, std::optional<BadLine>& bad) {
    bad.reset();
    return (in_bit_ || more_bits_) && next_in_bits(value, bad);
  }
  const Claim& claim() const { return claim_; }
  // It is in a line, which is not there any more.
  void forget_claim() { claim_ = {}; }

 private:
  std::optional<BadLine> read_name(std::string_view name, bool clean);
  std::optional<BadLine> read_fields(std::string_view fields);
  std::optional<BadLine> read_field(std::string_view field);
  bool read_plain_bit(Value& value) const;
  bool next_in_bits(Value& value, std::optional<BadLine>& bad);
  void begin_bit();

  std::string_view key_;
  std::string_view bits_;    // what is left of values, types and rates
  std::string_view packed_;  // what is left of the values of the bit at hand
  // Of the bit at hand.
  MetricType type_ = MetricType::kCounter;
  bool timer_must_be_positive_ = false;
  double rate_ = 1;
  bool in_bit_ = false;
  bool bit_has_value_ = false;
  bool more_bits_ = false;
  std::optional<BadLine> bit_is_bad_;

  bool is_plain_ = false;
  bool has_tags_ = false;
  Claim claim_;
  Tags tags_;
  KeyBuffer buffer_;
};

}  // namespace squid::statsd
