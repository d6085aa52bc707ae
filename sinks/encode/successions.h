// Successions: containers that took another one's name in the window of a report, as after
// `docker rm -f web && docker run --name web`. To people that is one container, which was started anew, so
// their points are one series, as if the newest had done all of it. By their ids, as in JSON, they are two.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <string>
#include <vector>

#include "core/report.h"
#include "sinks/encode/series_name.h"

namespace squid {

class Successions {
 public:
  // Whoever lives gets the name that it shares with one that ended.
  Successions(SeriesNamer& namer, const Report& report);

  // Its points are with those of its successor.
  bool is_told_by_another(const Subject& subject) const { return succeeded_.contains(&subject); }
  const std::vector<Point>& points_of(const Subject& subject) const {
    const auto joined = joined_.find(&subject);
    return joined == joined_.end() ? subject.points : joined->second;
  }

 private:
  // Of one name, in the order of their ends; who lives stands behind them.
  using Line = std::vector<const Subject*>;

  void join(const Line& line);

  boost::unordered_flat_set<const Subject*> succeeded_;
  boost::unordered_flat_map<const Subject*, std::vector<Point>> joined_;
};

}  // namespace squid
