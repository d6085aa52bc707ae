// WindowObserver: sees by its key what a window held when it ended, whatever the series will be called.
#pragma once

#include <string_view>

#include "statsd/timer_values.h"

namespace squid::statsd {

class WindowObserver {
 public:
  WindowObserver() = default;
  WindowObserver(const WindowObserver&) = delete;
  WindowObserver& operator=(const WindowObserver&) = delete;
  virtual ~WindowObserver() = default;

  // Only of what was sent in this window, except for gauges.
  virtual void see_counter(std::string_view key, double sum) = 0;
  virtual void see_gauge(std::string_view key, double value) = 0;
  virtual void see_set(std::string_view key, double count) = 0;
  // Sorted, and not empty.
  virtual void see_timer(std::string_view key, const TimerValues& values) = 0;
};

}  // namespace squid::statsd
