// The value in the middle: what a benchmark says of many rounds, some of which met a busy machine.
#pragma once

#include <algorithm>
#include <vector>

namespace squid {

inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace squid
