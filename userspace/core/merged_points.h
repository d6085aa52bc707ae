// MergedPoints: the points of several windows, or of several lives in one window, as those of one. Means are
// weighted by time, counts are added up, of the rest it has the smallest, the largest or the newest. A
// percentile becomes the largest one, for those of the parts cannot be put together.
#pragma once

#include <utility>
#include <vector>

#include "core/report.h"

namespace squid {

class MergedPoints {
 public:
  // Newer ones, and how long they were measured.
  void add(const std::vector<Point>& points, double seconds);
  // In the order in which they came.
  std::vector<Point> take() {
    seconds_.clear();
    return std::exchange(points_, {});
  }

 private:
  std::vector<Point> points_;
  std::vector<double> seconds_;  // that each value stands for
};

}  // namespace squid
