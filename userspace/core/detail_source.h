// DetailSource: series of a cgroup that need no samples, because the kernel itself sums up the whole window:
// histograms, and numbers of each device.
#pragma once

#include <vector>

#include "core/cgroup_roster.h"
#include "core/report.h"

namespace squid {

class DetailSource {
 public:
  DetailSource() = default;
  DetailSource(const DetailSource&) = delete;
  DetailSource& operator=(const DetailSource&) = delete;
  virtual ~DetailSource() = default;

  // What happened in the cgroup since it was asked about the last time: at each flush, and at its end.
  virtual void append_points(CgroupRoster::Slot slot, std::vector<Point>& out) = 0;
};

}  // namespace squid
