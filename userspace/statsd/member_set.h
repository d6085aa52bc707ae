// MemberSet: how many different members a set has seen. Exact up to a number of members (each is kept as a
// hash of 64 bits), and from then on a HyperLogLog of 16 KiB, which is off by less than 1 % most of the time.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace squid::statsd {

class MemberSet {
 public:
  static constexpr std::size_t kMostExact = 4096;

  // `hash` is that of the member. Returns how many more members are kept exactly.
  std::ptrdiff_t add(std::uint64_t hash);
  // All that the other one has, which is left with anything.
  void merge(MemberSet& other);
  double count() const;
  bool exact() const { return registers_.empty(); }
  std::size_t kept() const { return members_.size(); }
  // From now on only about, whatever it holds.
  void estimate();

 private:
  static constexpr unsigned kIndexBits = 14;

  void note(std::uint64_t hash);

  boost::unordered_flat_set<std::uint64_t> members_;
  std::vector<std::uint8_t> registers_;  // of the HyperLogLog, once it is one
};

}  // namespace squid::statsd
