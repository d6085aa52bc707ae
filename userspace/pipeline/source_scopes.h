// SourceScopes: what --from asks of where numbers come from: under which prefix containers, groups and
// squid-bpf itself are told of, which of their metrics and which keys of statsd are, what is told with them
// about the host, and which groups of metrics are read more seldom than the others. What a single sink asks
// for is scoped_sink.h's.
//   containers?deny=memory.*,*.upper_90    groups?prefix=sums    statsd?zone=a    memory?interval=10s
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/report.h"
#include "core/result.h"
#include "pipeline/group_intervals.h"
#include "pipeline/point_filter.h"

namespace squid {

class SourceScopes {
 public:
  // Each text is one --from.
  static Result<SourceScopes> parse(const std::vector<std::string>& texts);

  const GroupIntervals& intervals() const { return intervals_; }
  // To a report that no sink has yet.
  void apply(Report& report);

 private:
  enum Kind { kContainers, kGroups, kOwn, kStatsd, kKinds };
  struct Scope {
    PointFilter filter;
    std::shared_ptr<const std::string> prefix;
    std::shared_ptr<const HostIdentity> host;
  };

  static Kind kind_of(const Subject& subject);
  Result<void> add(const std::string& text);

  std::array<Scope, kKinds> scopes_;
  GroupIntervals intervals_{};
};

}  // namespace squid
