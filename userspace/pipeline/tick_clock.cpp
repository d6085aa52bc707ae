#include "pipeline/tick_clock.h"

#include <algorithm>

namespace squid {
namespace {

// How early a tick may stand before a round wall time and still belong to it: the two clocks drift against
// each other between two flushes.
TickClock::Time tolerance(TickClock::Time interval) {
  return std::min<TickClock::Time>(interval / 4, std::chrono::milliseconds(50));
}

}  // namespace

void TickClock::start(Time steady_now, Time wall_now) {
  align(steady_now, wall_now);
  next_flush_ = next_boundary(wall_now);
}

void TickClock::align(Time steady_now, Time wall_now) {
  deadline_ = steady_now + interval_ - wall_now % interval_;
}

std::uint64_t TickClock::advance(Time steady_now, Time wall_now) {
  std::uint64_t missed = 0;
  deadline_ += interval_;
  if (deadline_ <= steady_now) {
    missed = static_cast<std::uint64_t>((steady_now - deadline_) / interval_) + 1;
    deadline_ += interval_ * static_cast<std::int64_t>(missed);
  }
  // The wall clock was set, or has drifted: ticks go back to round times.
  const Time phase = (wall_now + (deadline_ - steady_now)) % interval_;
  if (std::min(phase, interval_ - phase) > tolerance(interval_)) align(steady_now, wall_now);
  return missed;
}

std::optional<TickClock::Time> TickClock::flush_due(Time wall_now) {
  const Time now = wall_now + tolerance(interval_);
  const bool set_back = next_flush_ - now > 2 * flush_;
  if (now < next_flush_ && !set_back) return std::nullopt;
  const Time boundary = now / flush_ * flush_;
  next_flush_ = boundary + flush_;
  return boundary;
}

double TickClock::window_seconds(Time by_wall, Time by_steady) {
  const bool was_set = std::chrono::abs(by_wall - by_steady) > by_steady / 2;
  // This divides: 15e9 times 1e-9 would not be 15.
  return std::chrono::duration<double>(was_set ? by_steady : by_wall).count();
}

}  // namespace squid
