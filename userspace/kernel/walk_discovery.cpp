#include "kernel/walk_discovery.h"

#include <algorithm>
#include <utility>

namespace squid {

Result<void> WalkDiscovery::refresh(CgroupRoster& roster) {
  // Births before the walk: who is born later is for the next pass. Deaths after it, too: who is missing in
  // the walk has died before.
  std::vector<CgroupBirth> births;
  if (lifecycle_) {
    lifecycle_->read();
    births = lifecycle_->take_births();
  }
  auto ran = walks_->run();
  const bool same = ran && settled_ && !roster.wants_pass() && births.empty() &&
                    walks_->counts().overflow == 0 && same_as_before();
  if (ran && !same) ran = walks_->run_all();
  if (lifecycle_) lifecycle_->read();
  if (same) {
    roster.repeat_pass();
    return ran;
  }
  roster.begin_pass();
  introduce_births(births, roster);
  bool complete = ran && walks_->counts().overflow == 0;
  if (ran)
    for (WalkedHierarchy& hierarchy : walks_->hierarchies())
      complete = observe(hierarchy, roster) && complete;
  if (lifecycle_) wait_for_last_numbers(roster);
  roster.end_pass(complete);
  // What came in this pass may have taken a slot that was noted before.
  settled_ = complete && awaited_.empty() && roster.arrived().empty() && roster.departed().empty();
  return ran;
}

bool WalkDiscovery::is_walked(HierarchyIndex hierarchy) const {
  return std::ranges::find(walks_->hierarchies(), hierarchy, &WalkedHierarchy::hierarchy) !=
         walks_->hierarchies().end();
}

void WalkDiscovery::introduce_births(const std::vector<CgroupBirth>& births, CgroupRoster& roster) const {
  for (const CgroupBirth& birth : births)
    if (is_walked(birth.hierarchy)) roster.introduce_born(birth.hierarchy, birth.inode, birth.path);
  // A directory in another hierarchy is no life of its own, but its inode names the same cgroup.
  for (const CgroupBirth& birth : births)
    if (!is_walked(birth.hierarchy) && roster.find(birth.path) != CgroupRoster::kUnknown)
      roster.introduce_born(birth.hierarchy, birth.inode, birth.path);
}

// The kernel takes a cgroup out of its lists a moment before it tells of its death. One whose death is still
// to be told stays for one pass more.
void WalkDiscovery::wait_for_last_numbers(CgroupRoster& roster) {
  // Of its directories in all hierarchies: whether the end of any was told, and of each.
  struct Told {
    bool any = false;
    bool all = true;
  };
  const auto find_told = [this](const CgroupRoster::Entry& entry) {
    Told told;
    for (const WalkedHierarchy& hierarchy : walks_->hierarchies()) {
      const std::uint64_t inode = entry.inodes[hierarchy.hierarchy];
      if (inode == 0) continue;
      const bool is_told = lifecycle_->find_last(hierarchy.hierarchy, inode) != nullptr;
      told.any |= is_told;
      told.all &= is_told;
    }
    return told;
  };
  std::vector<CgroupId> awaited;
  const auto entries = roster.entries();
  for (CgroupRoster::Slot slot = 0; slot < entries.size(); ++slot) {
    const CgroupRoster::Entry& entry = entries[slot];
    if (!entry.id.valid() || entry.seen_pass == roster.passes()) continue;
    const Told told = find_told(entry);
    if (told.any && told.all) roster.bury(slot);
    if (told.any) continue;
    if (std::ranges::find(awaited_, entry.id) != awaited_.end()) continue;
    awaited.push_back(entry.id);
    roster.keep(slot);
  }
  awaited_ = std::move(awaited);
  lifecycle_->end_pass();
}

bool WalkDiscovery::same_as_before() {
  return std::ranges::all_of(walks_->hierarchies(), [this](const WalkedHierarchy& hierarchy) {
    return !hierarchy.walked || std::ranges::equal(walks_->records(hierarchy), hierarchy.known, {},
                                                   &cgroup_record::inode, &WalkedHierarchy::Known::inode);
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
