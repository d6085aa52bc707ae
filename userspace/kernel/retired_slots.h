// RetiredSlots: slots of cgroups that are gone, until no program can be counting in them any more. One that
// looked its slot up just before would otherwise count for whoever has the slot next.
#pragma once

#include <cstdint>
#include <deque>

#include "core/monotonic.h"

namespace squid {

class RetiredSlots {
 public:
  void add(std::uint32_t slot) { slots_.push_back({monotonic_ns(), slot}); }

  // Calls free(slot) for those that have rested long enough.
  template <typename Free>
  void take_rested(Free free) {
    if (slots_.empty()) return;
    const std::uint64_t now_ns = monotonic_ns();
    for (; !slots_.empty() && now_ns - slots_.front().since_ns >= kRestNs; slots_.pop_front())
      free(slots_.front().slot);
  }

 private:
  // Programs run for microseconds, and may be preempted meanwhile.
  static constexpr std::uint64_t kRestNs = 500'000'000;

  struct Retired {
    std::uint64_t since_ns;
    std::uint32_t slot;
  };
  std::deque<Retired> slots_;
};

}  // namespace squid
