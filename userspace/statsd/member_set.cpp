#include "statsd/member_set.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace squid::statsd {

std::ptrdiff_t MemberSet::add(std::uint64_t hash) {
  if (!exact()) {
    note(hash);
    return 0;
  }
  if (!members_.insert(hash).second) return 0;
  if (members_.size() <= kMostExact) return 1;
  const auto kept = static_cast<std::ptrdiff_t>(members_.size()) - 1;
  estimate();
  return -kept;
}

void MemberSet::merge(MemberSet& other) {
  if (exact() && members_.empty()) return std::swap(*this, other);
  if (exact() && other.exact()) {
    members_.insert(other.members_.begin(), other.members_.end());
    if (members_.size() > kMostExact) estimate();
    return;
  }
  estimate();
  other.estimate();
  std::ranges::transform(registers_, other.registers_, registers_.begin(),
                         [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
}

void MemberSet::estimate() {
  if (!exact()) return;
  registers_.resize(std::size_t{1} << kIndexBits);
  for (const std::uint64_t hash : members_) note(hash);
  members_ = {};
}

void MemberSet::note(std::uint64_t hash) {
  // The first bits choose a register; it keeps the longest run of zeros that the rest began with.
  const std::size_t index = hash >> (64 - kIndexBits);
  const auto rank =
      static_cast<std::uint8_t>(std::countl_zero((hash << kIndexBits) | (1U << (kIndexBits - 1))) + 1);
  registers_[index] = std::max(registers_[index], rank);
}

double MemberSet::count() const {
  if (exact()) return static_cast<double>(members_.size());
  const auto registers = static_cast<double>(registers_.size());
  double sum = 0;
  double empty = 0;
  for (const std::uint8_t rank : registers_) {
    sum += std::ldexp(1.0, -rank);
    empty += rank == 0;
  }
  const double estimate = 0.7213 / (1 + 1.079 / registers) * registers * registers / sum;
  // Below this, counting the empty registers is closer.
  if (estimate <= 2.5 * registers && empty > 0) return std::round(registers * std::log(registers / empty));
  return std::round(estimate);
}

}  // namespace squid::statsd
