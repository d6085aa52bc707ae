// ReportMerger: several reports, one after the other, as one that covers them all, by the rules of
// MergedPoints. What statsd clients sent is that of the newest.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/merged_points.h"
#include "core/report.h"

namespace squid {

class ReportMerger {
 public:
  void add(const std::shared_ptr<const Report>& report);
  // Null where nothing came since the last time.
  std::shared_ptr<const Report> take();

 private:
  struct Part {
    std::shared_ptr<const Container> container;
    std::shared_ptr<const std::string> prefix;
    std::shared_ptr<const HostIdentity> host;
    MergedPoints points;
    MergedPoints extras;
    double measured_s = 0;
    std::uint64_t began_ns = 0;
    std::uint64_t ended_ns = 0;
  };

  Part& part_of(const Subject& subject);

  std::vector<Part> parts_;  // in the order in which they came
  boost::unordered_flat_map<std::string, std::size_t> part_by_key_;
  std::vector<Event> events_;
  double interval_s_ = 0;
  std::shared_ptr<const Report> newest_;
};

}  // namespace squid
