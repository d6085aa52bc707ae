// MetricSource: something that reads numbers of cgroups. Sources are asked in order, and each fills only
// fields that are still absent: the order is the priority.
#pragma once

#include <string>
#include <string_view>

#include "core/group_mask.h"
#include "core/registry.h"
#include "core/result.h"
#include "core/snapshot.h"

namespace squid {

class MetricSource {
 public:
  MetricSource() = default;
  MetricSource(const MetricSource&) = delete;
  MetricSource& operator=(const MetricSource&) = delete;
  virtual ~MetricSource() = default;

  virtual std::string_view name() const = 0;
  // Before the coming pass looks for cgroups: only these groups are asked for in it.
  virtual void prepare(GroupMask) {}
  // A cgroup that vanished is no error: its fields stay absent.
  virtual Result<void> collect(Snapshot& snapshot) = 0;
  // What a cgroup that is gone had used in the end, as far as the source knows. Asked once, before the pass
  // in which it departed goes on.
  virtual void collect_last(const CgroupRoster::Departed&, CgroupSample&) {}
};

// A source says what it is with one static SourceRegistry::Entry in its own file. How the sources are opened
// and in which order they are asked is decided in one place, pipeline/source_plan.h: they are no strangers to
// each other.
struct SourceKind {
  std::string name;
  std::string help;
};

using SourceRegistry = Registry<SourceKind>;

// Finds out which cgroups exist: observes every one of them in the roster, once per pass.
class Discovery {
 public:
  Discovery() = default;
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;
  virtual ~Discovery() = default;

  virtual std::string_view name() const = 0;
  virtual Result<void> refresh(CgroupRoster& roster) = 0;
};

}  // namespace squid
