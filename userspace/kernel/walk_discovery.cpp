#include "kernel/walk_discovery.h"

#include <algorithm>

namespace squid {

Result<void> WalkDiscovery::refresh(CgroupRoster& roster) {
  auto ran = walks_->run();
  if (ran && settled_ && walks_->counts().overflow == 0 && same_as_before()) {
    roster.repeat_pass();
    return ran;
  }
  roster.begin_pass();
  bool complete = ran && walks_->counts().overflow == 0;
  if (ran)
    for (WalkedHierarchy& hierarchy : walks_->hierarchies())
      complete = observe(hierarchy, roster) && complete;
  roster.end_pass(complete);
  // What came in this pass may have taken a slot that was noted before.
  settled_ = complete && roster.arrived().empty() && roster.departed().empty();
  return ran;
}

bool WalkDiscovery::same_as_before() {
  return std::ranges::all_of(walks_->hierarchies(), [this](const WalkedHierarchy& hierarchy) {
    return std::ranges::equal(walks_->records(hierarchy), hierarchy.known, {}, &cgroup_record::inode,
                              &WalkedHierarchy::Known::inode);
  });
}

// Returns whether every cgroup is known now.
bool WalkDiscovery::observe(WalkedHierarchy& hierarchy, CgroupRoster& roster) {
  bool complete = true;
  hierarchy.paths.begin_pass();
  hierarchy.known.clear();
  for (const cgroup_record& record : walks_->records(hierarchy)) {
    CgroupRoster::Slot slot = roster.observe(hierarchy.hierarchy, record.inode);
    if (slot == CgroupRoster::kUnknown) {
      const auto path = hierarchy.paths.find(record.inode);
      if (path) {
        slot = roster.introduce(hierarchy.hierarchy, record.inode, *path);
      } else {
        complete = false;
      }
    }
    hierarchy.known.push_back({.inode = record.inode, .slot = slot});
  }
  return complete;
}

}  // namespace squid
