// Stat: what one flush says about the values that one metric took during it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace squid {

enum class Stat : std::uint8_t {
  kLast,             // the newest value
  kMean,             // gauges: mean of the samples; counters: exact growth over exact time
  kLower,            // smallest sample
  kUpper,            // largest sample
  kUpperPercentile,  // largest of the lowest N percent of the samples; one series for each --percent N
  kCount,            // counters only: exact growth during the flush
  kRaw,              // counters only: the kernel's own cumulative number
  kValue,            // all there is: the metric's name says already what it is
};

class StatSet {
 public:
  constexpr StatSet() = default;
  static constexpr StatSet of(std::initializer_list<Stat> stats) {
    StatSet set;
    for (const Stat stat : stats) set.add(stat);
    return set;
  }
  constexpr void add(Stat stat) { bits_ |= bit(stat); }
  constexpr void remove(Stat stat) { bits_ &= static_cast<std::uint8_t>(~bit(stat)); }
  constexpr bool has(Stat stat) const { return (bits_ & bit(stat)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(StatSet, StatSet) = default;

 private:
  static constexpr std::uint8_t bit(Stat stat) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(stat));
  }
  std::uint8_t bits_ = 0;
};

constexpr std::string_view stat_name(Stat stat) {
  switch (stat) {
    case Stat::kLast:
      return "last";
    case Stat::kMean:
      return "mean";
    case Stat::kLower:
      return "lower";
    case Stat::kUpper:
      return "upper";
    case Stat::kUpperPercentile:
      return "upper_N";
    case Stat::kCount:
      return "count";
    case Stat::kRaw:
      return "raw";
    case Stat::kValue:
      return "value";
  }
  return "";
}

}  // namespace squid
