// Reading: one number read from the kernel, or the fact that it is missing.
//
// A missing number must never look like zero, so every field of a sample is a Reading. It is as small as the
// number itself (an optional would double the size of a sample): no kernel counter reaches 2^64-1, and the
// one place where the kernel prints it, an unlimited limit, is "no limit" and therefore absent for us.
#pragma once

#include <cassert>
#include <cstdint>

namespace squid {

class Reading {
 public:
  constexpr Reading() = default;
  constexpr Reading(std::uint64_t value)
      : value_(value) {}  // NOLINT(google-explicit-constructor): a number is a reading

  constexpr bool has_value() const { return value_ != kAbsent; }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr std::uint64_t operator*() const {
    assert(has_value());
    return value_;
  }
  constexpr std::uint64_t value_or(std::uint64_t fallback) const { return has_value() ? value_ : fallback; }
  constexpr void reset() { value_ = kAbsent; }

  friend constexpr bool operator==(Reading, Reading) = default;

 private:
  static constexpr std::uint64_t kAbsent = ~std::uint64_t{0};
  std::uint64_t value_ = kAbsent;
};

}  // namespace squid
