// Any packet in every dialect: each line has an outcome, every key and number is one that may ship, and a bad
// line changes nothing about its neighbours.
#include <cmath>
#include <string>
#include <string_view>

#include "fuzz/packet_lines.h"
#include "fuzz/require.h"
#include "statsd/line_parser.h"

namespace {

using namespace squid::statsd;

void check_key(std::string_view key, Dialect dialect) {
  require(key.size() <= kLongestKey);
  require(dialect != Dialect::kStrict || !key.empty());
  const std::string_view name = key.substr(0, key.find(';'));
  for (const char c : name)
    require(name_byte(c) == NameByte::kClean || c == '.' || (c == '=' && dialect == Dialect::kReference));
  for (const char c : key.substr(name.size()))
    require(name_byte(c) == NameByte::kClean ||
            std::string_view(".;=:@+%").find(c) != std::string_view::npos);
  if (dialect != Dialect::kStrict) return;
  require(!name.starts_with('.') && !name.ends_with('.') && name.find("..") == std::string_view::npos);
}

void check_value(const Value& value, Dialect dialect) {
  check_key(value.key, dialect);
  if (value.type == MetricType::kSet) {
    require(!value.member.empty());
    return;
  }
  require(std::isfinite(value.number));
  if (value.type == MetricType::kGauge) return;
  require(value.rate > 0 && std::isfinite(1 / value.rate));
  if (dialect == Dialect::kStrict) require(value.rate <= 1);
}

void check_packet(std::string_view packet, Dialect dialect) {
  LineParser parser(dialect);
  for_each_line(packet, [&](std::string_view line) {
    parser.begin(line);
    std::size_t outcomes = 0;
    for (auto outcome = parser.next(); outcome != LineParser::Outcome::kEnd; outcome = parser.next()) {
      ++outcomes;
      require(outcomes <= line.size());
      if (outcome == LineParser::Outcome::kValue) check_value(parser.value(), dialect);
      if (outcome == LineParser::Outcome::kBad) require(!bad_line_name(parser.bad()).empty());
    }
    require(outcomes > 0);
    require(parser.next() == LineParser::Outcome::kEnd);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  for (const Dialect dialect : {Dialect::kStrict, Dialect::kReference, Dialect::kGstatsd})
    check_packet(packet, dialect);
  return 0;
}
