// ReportMerger: several reports, one after the other, as one that covers them all. Means are weighted by
// time, counts are added up, of the rest it has the smallest, the largest or the newest. A percentile becomes
// the largest one, for those of the parts cannot be put together. What statsd clients sent is that of the
// newest.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/report.h"

namespace squid {

class ReportMerger {
 public:
  void add(const std::shared_ptr<const Report>& report);
  // Null where nothing came since the last time.
  std::shared_ptr<const Report> take();

 private:
  // With the time that each value stands for.
  struct Values {
    std::vector<Point> points;
    std::vector<double> seconds;
  };
  struct Part {
    std::shared_ptr<const Container> container;
    std::shared_ptr<const std::string> prefix;
    std::shared_ptr<const HostIdentity> host;
    Values points;
    Values extras;
  };

  Part& part_of(const Subject& subject);
  static void merge(const std::vector<Point>& points, double seconds, Values& into);

  std::vector<Part> parts_;  // in the order in which they came
  boost::unordered_flat_map<std::string, std::size_t> part_by_key_;
  std::vector<Event> events_;
  double interval_s_ = 0;
  std::shared_ptr<const Report> newest_;
};

}  // namespace squid
