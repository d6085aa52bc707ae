// SplitGrammar: a line as the two servers read it that take lines apart at `:` and `|` and look what is
// there: statsd/statsd, with all that it lets pass, and gstatsd. Where they would crash, or count infinity,
// the value is refused.
#pragma once

#include <optional>
#include <string_view>

#include "statsd/key_buffer.h"
#include "statsd/value.h"

namespace squid::statsd {

class SplitGrammar {
 public:
  explicit SplitGrammar(Dialect dialect) : dialect_(dialect) {}

  // As those of StrictGrammar.
  std::optional<BadLine> begin(std::string_view line);
  bool next(Value& value, std::optional<BadLine>& bad);

 private:
  void put_reference_key(std::string_view name, std::string_view tags);
  std::optional<BadLine> read_reference(std::string_view bit, Value& value) const;
  std::optional<BadLine> read_gstatsd(std::string_view bit, Value& value) const;

  Dialect dialect_;
  std::string_view bits_;
  bool more_bits_ = false;
  KeyBuffer key_;
};

}  // namespace squid::statsd
