// BpfRig: the BPF side of one pipeline, watching the cgroups below one path.
// ScanRig: the same for a source that also works where BPF cannot walk over cgroups, which are listed then.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "cgroupfs/tree_scan.h"
#include "core/snapshot.h"
#include "kernel/open_bpf.h"

namespace squid {

class WatchRig {
 public:
  explicit WatchRig(std::string watched_path)
      : roster([watched = std::move(watched_path)](std::string_view path, CgroupId) {
          return path.starts_with(watched) ? std::make_shared<const Container>() : nullptr;
        }) {}

  // The slot of a cgroup, CgroupRoster::kUnknown where it is not watched.
  CgroupRoster::Slot slot(std::string_view path) const {
    const auto entries = roster.entries();
    for (CgroupRoster::Slot i = 0; i < entries.size(); ++i)
      if (entries[i].id.valid() && entries[i].path == path) return i;
    return CgroupRoster::kUnknown;
  }
  const CgroupSample& sample(std::string_view path) const {
    const auto found = slot(path);
    if (found == CgroupRoster::kUnknown) throw std::runtime_error("not found: " + std::string(path));
    return snapshot.samples[found];
  }

  CgroupRoster roster;
  Snapshot snapshot{roster};

 protected:
  static void check(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().message);
  }
};

struct BpfRig : WatchRig {
  BpfParts parts;

  // Throws where BPF does not work: asked for, the live tests need it.
  BpfRig(const Topology& topology, std::string watched_path, const BpfOptions& options = {})
      : WatchRig(std::move(watched_path)), parts(open(topology, options)) {}

  // One sample pass; throws where it fails.
  void pass() {
    check(parts.discovery->refresh(roster));
    snapshot.begin();
    check(parts.source->collect(snapshot));
  }

 private:
  static BpfParts open(const Topology& topology, const BpfOptions& options) {
    auto parts = open_bpf(topology, options);
    // The places of memory statistics are confirmed against files of live cgroups, whose numbers may move in
    // between: once in a thousand starts one is not, and the daemon reads that file.
    constexpr auto kMemoryStat = static_cast<std::size_t>(MetricGroup::kMemoryStat);
    for (int more = 2; more > 0 && parts && !parts->remarks[kMemoryStat].empty(); --more)
      parts = open_bpf(topology, options);
    if (!parts) throw std::runtime_error(parts.error().message);
    return std::move(*parts);
  }
};

class ScanRig : public WatchRig {
 public:
  ScanRig(const Topology& topology, std::string watched_path)
      : WatchRig(std::move(watched_path)), scan_(topology, {.rescan_interval_ns = 0}) {
    if (auto parts = open_bpf(topology, {})) {
      walk_ = std::move(parts->discovery);
      lifecycle = std::move(parts->lifecycle);
    }
  }
  void pass() {
    check(walk_ ? walk_->refresh(roster) : scan_.refresh(roster));
    snapshot.begin();
  }

  std::shared_ptr<Lifecycle> lifecycle;  // null where cgroups are listed

 private:
  std::unique_ptr<WalkDiscovery> walk_;
  TreeScan scan_;
};

}  // namespace squid
