#include "statsd/strict_grammar.h"

#include <cstdint>

#include "statsd/clean_name.h"
#include "statsd/number.h"

namespace squid::statsd {
namespace {

// Where the fields begin that hold for the whole line: the first one behind a type which is no rate.
// `bits` begins behind the name's colon.
std::size_t find_fields(std::string_view bits) {
  bool at_type = true;
  for (std::size_t bar = bits.find('|'); bar != kNone;) {
    const std::size_t end = bits.find('|', bar + 1);
    const std::string_view section = bits.substr(bar + 1, end == kNone ? kNone : end - bar - 1);
    if (!at_type && !section.starts_with('@')) return bar;
    // A colon ends this bit; what follows it is the next one's value, and then comes its type.
    at_type = section.find(':') != kNone;
    bar = end;
  }
  return kNone;
}

inline std::optional<MetricType> parse_type(std::string_view text) {
  if (text.size() == 1) {
    switch (text.front()) {
      case 'c':
        return MetricType::kCounter;
      case 'g':
        return MetricType::kGauge;
      case 'h':
      case 'd':
        return MetricType::kTimer;
      case 's':
        return MetricType::kSet;
      default:
        return std::nullopt;
    }
  }
  // Comparing texts is a call.
  if (text.size() == 2 && text[0] == 'm' && text[1] == 's') return MetricType::kTimer;
  return std::nullopt;
}

// Without the bounds check of substr().
std::string_view behind(std::string_view text, std::size_t at) {
  text.remove_prefix(at + 1);
  return text;
}

// Where tags begin in a name.
std::size_t find_tag_mark(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at)
    if (name_byte(name[at]) == NameByte::kTagMark) return at;
  return kNone;
}

// "ci-<container id>", "in-<inode>", both with a comma between them, or, as in older versions, the bare id.
bool read_container(std::string_view text, Claim& claim) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(comma == kNone ? text.size() : comma + 1);
    if (part.starts_with("in-")) {
      if (!parse_integer(part.substr(3), claim.cgroup_inode)) return false;
    } else {
      claim.container_id = part.starts_with("ci-") ? part.substr(3) : part;
    }
  }
  return true;
}

// "it-false,cn-web,pu-0123".
void read_external(std::string_view text, Claim& claim) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(comma == kNone ? text.size() : comma + 1);
    if (part.starts_with("cn-")) claim.container_name = part.substr(3);
    if (part.starts_with("pu-")) claim.pod_uid = part.substr(3);
  }
}

}  // namespace

std::optional<BadLine> StrictGrammar::begin(std::string_view line, Value& value) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  in_bit_ = false;
  more_bits_ = false;
  is_plain_ = false;
  claim_ = {};

  const std::size_t clean_end = find_end_of_clean_name(line);
  const bool clean = clean_end != kNone;
  const std::size_t colon = clean ? clean_end : line.find(':');
  if (colon == kNone) return BadLine::kNoValue;
  const std::string_view name(line.data(), colon);
  bits_ = behind(line, colon);
  is_plain_ = clean && colon <= kLongestKey && read_plain_bit(value);
  if (is_plain_) {
    value.key = name;
    return std::nullopt;
  }
  const std::size_t fields = find_fields(bits_);
  if (const auto bad = read_name(name, clean)) return bad;
  if (fields != kNone) {
    if (const auto bad = read_fields(bits_.substr(fields))) return bad;
    bits_ = bits_.substr(0, fields);
  }
  if (key_.size() > kLongestKey || buffer_.overflow()) return BadLine::kTooLong;
  more_bits_ = true;
  return std::nullopt;
}

// Most lines are as "1|c" or "320|ms" behind the name, and can be read in one go.
bool StrictGrammar::read_plain_bit(Value& value) const {
  const std::string_view bits = bits_;
  std::uint64_t number = 0;
  std::size_t digits = 0;
  for (; digits < bits.size() && bits[digits] >= '0' && bits[digits] <= '9'; ++digits)
    number = number * 10 + static_cast<std::uint64_t>(bits[digits] - '0');
  // More digits than a double has, and more than have no overflow, take the long way.
  if (digits == 0 || digits > 15 || digits == bits.size() || bits[digits] != '|') return false;
  const auto type = parse_type(behind(bits, digits));
  if (!type || *type == MetricType::kSet) return false;
  value.type = *type;
  value.number = static_cast<double>(number);
  value.rate = 1;
  value.relative = false;
  return true;
}

std::optional<BadLine> StrictGrammar::read_name(std::string_view name, bool clean) {
  buffer_.clear();
  tags_.clear();
  has_tags_ = false;
  if (clean) {
    key_ = name;
    return std::nullopt;
  }
  const std::size_t mark = find_tag_mark(name);
  buffer_.put_clean(name.substr(0, mark), "", '-');
  std::string_view list = mark == kNone ? "" : name.substr(mark + 1);
  const char form = mark == kNone ? '\0' : name[mark];
  if (form == '[') {
    const std::size_t end = list.find(']');
    if (end == kNone) return BadLine::kBadTags;
    // What stands behind the bracket belongs to the name.
    buffer_.put_clean(list.substr(end + 1), "", '-');
    list = list.substr(0, end);
  }
  buffer_.drop_empty_components();
  key_ = buffer_.text();
  if (key_.empty()) return BadLine::kBadName;
  if (mark == kNone) return std::nullopt;

  if (!tags_.read(list, form == ';' ? ';' : ',', '=')) return BadLine::kBadTags;
  has_tags_ = true;
  tags_.append_to(buffer_);
  key_ = buffer_.text();
  return std::nullopt;
}

std::optional<BadLine> StrictGrammar::read_fields(std::string_view fields) {
  while (!fields.empty()) {
    fields.remove_prefix(1);  // the bar
    const std::size_t end = fields.find('|');
    if (const auto bad = read_field(fields.substr(0, end))) return bad;
    fields.remove_prefix(end == kNone ? fields.size() : end);
  }
  return std::nullopt;
}

std::optional<BadLine> StrictGrammar::read_field(std::string_view field) {
  if (field.starts_with('#')) {
    // Tags in two forms: which would win, nobody could tell.
    if (has_tags_) return BadLine::kBadTags;
    has_tags_ = true;
    if (!tags_.read(field.substr(1), ',', ':')) return BadLine::kBadTags;
    if (tags_.empty()) return std::nullopt;
    if (buffer_.text().empty())
      for (const char c : key_.substr(0, kLongestKey)) buffer_.put(c);
    tags_.append_to(buffer_);
    key_ = buffer_.text();
    return std::nullopt;
  }
  if (field.starts_with('@')) return BadLine::kBadRate;  // a rate stands right behind its type
  if (field.starts_with("c:"))
    return read_container(field.substr(2), claim_) ? std::nullopt : std::optional(BadLine::kBadTags);
  if (field.starts_with("e:")) read_external(field.substr(2), claim_);
  if (field.starts_with('T')) {
    std::int64_t time_s = 0;
    if (!parse_integer(field.substr(1), time_s) || time_s <= 0) return BadLine::kBadTimestamp;
  }
  return std::nullopt;
}

// From "values|type", "values|type|@rate" up to the colon that ends it, or to the end.
void StrictGrammar::begin_bit() {
  in_bit_ = true;
  bit_has_value_ = false;
  bit_is_bad_.reset();
  rate_ = 1;
  const std::size_t bar = bits_.find('|');
  packed_ = bits_.substr(0, bar);
  more_bits_ = false;
  if (bar == kNone) {
    bit_is_bad_ = BadLine::kNoType;
    return;
  }
  std::string_view rest = bits_.substr(bar + 1);
  const std::size_t colon = rest.find(':');
  if (colon != kNone) {
    more_bits_ = true;
    bits_ = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  const std::size_t type_end = rest.find('|');
  const std::string_view type_text = rest.substr(0, type_end);
  const auto type = parse_type(type_text);
  if (!type) {
    bit_is_bad_ = type_text.empty() ? BadLine::kNoType : BadLine::kUnknownType;
    return;
  }
  type_ = *type;
  timer_must_be_positive_ = type_text.size() == 2;
  if (type_end == kNone) return;
  // Only a rate is left here: find_fields() has cut all else off.
  const auto rate = parse_decimal(rest.substr(type_end + 2));
  if (!rate || *rate <= 0 || *rate > 1)
    bit_is_bad_ = BadLine::kBadRate;
  else
    rate_ = *rate;
}

bool StrictGrammar::next_in_bits(Value& value, std::optional<BadLine>& bad) {
  for (;;) {
    if (!in_bit_) {
      if (!more_bits_) return false;
      begin_bit();
      if (bit_is_bad_) {
        in_bit_ = false;
        bad = bit_is_bad_;
        return true;
      }
    }
    value.key = key_;
    value.type = type_;
    value.rate = rate_;
    if (type_ == MetricType::kSet) {
      in_bit_ = false;
      value.member = packed_;
      if (packed_.empty()) bad = BadLine::kNoValue;
      return true;
    }
    const std::size_t colon = packed_.find(':');
    const std::string_view text = packed_.substr(0, colon);
    if (colon == kNone)
      in_bit_ = false;
    else
      packed_.remove_prefix(colon + 1);
    if (text.empty()) {
      if (in_bit_ || bit_has_value_) continue;
      bad = BadLine::kNoValue;
      return true;
    }
    bit_has_value_ = true;
    const auto number = parse_decimal(text);
    if (!number || (timer_must_be_positive_ && *number < 0)) {
      bad = BadLine::kBadNumber;
      return true;
    }
    value.number = *number;
    value.relative = type_ == MetricType::kGauge && (text.front() == '+' || text.front() == '-');
    return true;
  }
}

}  // namespace squid::statsd
