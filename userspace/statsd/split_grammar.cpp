#include "statsd/split_grammar.h"

#include <cmath>

#include "statsd/number.h"

namespace squid::statsd {
namespace {

// value|type|rate|what nobody looks at
struct Fields {
  std::string_view value;
  std::string_view type;
  std::string_view rate;
  std::size_t count = 0;
};

Fields split_fields(std::string_view bit) {
  Fields fields;
  for (bool more = true; more; ++fields.count) {
    const std::size_t bar = bit.find('|');
    const std::string_view field = bit.substr(0, bar);
    if (fields.count == 0) fields.value = field;
    if (fields.count == 1) fields.type = field;
    if (fields.count == 2) fields.rate = field;
    more = bar != kNone;
    if (more) bit.remove_prefix(bar + 1);
  }
  return fields;
}

// "@0.1", as statsd/statsd reads it: what stands behind the @ must be a number, and its leading digits and
// dots are the rate. Where there are none, it would crash.
std::optional<double> parse_reference_rate(std::string_view text) {
  if (text.size() < 2 || text.front() != '@' || text[1] == '-') return std::nullopt;
  text.remove_prefix(1);
  if (!parse_js_number(text)) return std::nullopt;
  return parse_decimal(text.substr(0, text.find_first_not_of("0123456789.")));
}

bool is_countable(double number, double rate) {
  return rate > 0 && std::isfinite(1 / rate) && std::isfinite(number / rate);
}

}  // namespace

std::optional<BadLine> SplitGrammar::begin(std::string_view line) {
  key_.clear();
  std::string_view tags;
  if (dialect_ == Dialect::kReference) {
    if (const std::size_t mark = line.find("|#"); mark != kNone) {
      tags = line.substr(mark + 2);
      tags = tags.substr(0, tags.find("|#"));
      line = line.substr(0, mark);
    }
  }
  const std::size_t colon = line.find(':');
  more_bits_ = colon != kNone;
  if (!more_bits_) return BadLine::kNoValue;
  bits_ = line.substr(colon + 1);
  const std::string_view name = line.substr(0, colon);
  if (dialect_ == Dialect::kReference)
    put_reference_key(name, tags);
  else
    key_.put_gstatsd(name);
  if (!key_.overflow()) return std::nullopt;
  more_bits_ = false;
  return BadLine::kTooLong;
}

void SplitGrammar::put_reference_key(std::string_view name, std::string_view tags) {
  constexpr std::string_view kKept = ";=";
  key_.put_clean(name, kKept, '-');
  if (tags.empty()) return;
  for (bool more = true; more;) {
    const std::size_t comma = tags.find(',');
    const std::string_view tag = tags.substr(0, comma);
    more = comma != kNone;
    if (more) tags.remove_prefix(comma + 1);
    key_.put(';');
    key_.put_reference_tag(tag);
  }
}

std::optional<BadLine> SplitGrammar::read_reference(std::string_view bit, Value& value) const {
  const Fields fields = split_fields(bit);
  if (fields.count < 2) return BadLine::kNoType;
  value.rate = 1;
  if (fields.count > 2) {
    const auto rate = parse_reference_rate(fields.rate);
    if (!rate) return BadLine::kBadRate;
    value.rate = *rate;
  }
  const std::string_view type = trim(fields.type);
  value.type = type == "ms"  ? MetricType::kTimer
               : type == "g" ? MetricType::kGauge
               : type == "s" ? MetricType::kSet
                             : MetricType::kCounter;
  if (fields.type == "s") {
    value.member = fields.value.empty() ? "0" : fields.value;
    return std::nullopt;
  }
  const auto number = fields.value.empty() ? std::nullopt : parse_js_number(fields.value);
  if (!number) return BadLine::kBadNumber;
  value.number = *number;
  value.member = fields.value;
  value.relative = value.type == MetricType::kGauge && (fields.value[0] == '+' || fields.value[0] == '-');
  // The white space that is left at a type's end, the \r of a line for one, keeps this from being looked at.
  if (fields.type == "ms" && *number < 0) return BadLine::kBadNumber;
  const bool rate_counts = value.type == MetricType::kTimer || value.type == MetricType::kCounter;
  if (rate_counts && !is_countable(*number, value.rate)) return BadLine::kBadRate;
  return std::nullopt;
}

std::optional<BadLine> SplitGrammar::read_gstatsd(std::string_view bit, Value& value) const {
  const Fields fields = split_fields(bit);
  if (fields.count < 2) return BadLine::kNoType;
  value.rate = 1;
  value.relative = false;
  if (fields.type == "ms")
    value.type = MetricType::kTimer;
  else if (fields.type == "c")
    value.type = MetricType::kCounter;
  else if (fields.type == "g")
    value.type = MetricType::kGauge;
  else
    return BadLine::kUnknownType;
  const auto number = fields.value.empty() ? std::optional(value.type == MetricType::kTimer ? 0.0 : 1.0)
                                           : parse_decimal(trim(fields.value));
  if (!number) return BadLine::kBadNumber;
  value.number = *number;
  if (value.type != MetricType::kCounter || fields.count != 3 || !fields.rate.starts_with('@'))
    return std::nullopt;
  const auto rate = parse_decimal(trim(fields.rate.substr(1)));
  if (!rate || !is_countable(*number, *rate)) return BadLine::kBadRate;
  value.rate = *rate;
  return std::nullopt;
}

bool SplitGrammar::next(Value& value, std::optional<BadLine>& bad) {
  if (!more_bits_) return false;
  const std::size_t colon = bits_.find(':');
  const std::string_view bit = bits_.substr(0, colon);
  more_bits_ = colon != kNone;
  if (more_bits_) bits_.remove_prefix(colon + 1);
  value.key = key_.text();
  bad = dialect_ == Dialect::kReference ? read_reference(bit, value) : read_gstatsd(bit, value);
  return true;
}

}  // namespace squid::statsd
