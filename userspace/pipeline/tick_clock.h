// TickClock: when to sample and when to flush. Pure arithmetic on two clocks: deadlines are absolute on the
// steady clock, so that a late pass does not shift the ones after it; reports end on round times of the wall
// clock, so that those of several hosts line up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace squid {

class TickClock {
 public:
  using Time = std::chrono::nanoseconds;  // since the epoch of its clock

  TickClock(Time interval, Time flush) : interval_(interval), flush_(flush) {}

  void start(Time steady_now, Time wall_now);
  // Steady time of the next sample.
  Time deadline() const { return deadline_; }
  // Moves the deadline past `steady_now`; returns how many samples were missed on the way.
  std::uint64_t advance(Time steady_now, Time wall_now);
  // The round wall time at which a window ended, once for each window.
  std::optional<Time> flush_due(Time wall_now);
  // How long a window was, in seconds. By the wall clock that is mostly a round number; where that clock was
  // set meanwhile, only the other one knows.
  static double window_seconds(Time by_wall, Time by_steady);

 private:
  Time next_boundary(Time wall_now) const { return (wall_now / flush_ + 1) * flush_; }
  void align(Time steady_now, Time wall_now);

  Time interval_;
  Time flush_;
  Time deadline_{};
  Time next_flush_{};
};

}  // namespace squid
