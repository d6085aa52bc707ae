#include "kernel/slot_owners.h"

#include <algorithm>
#include <string_view>

namespace squid {
namespace {

// What is written back for a cgroup, or sent by a socket of one, after its end takes a slot once more. Nobody
// tells of a second end, so now and then all are looked for.
constexpr std::uint64_t kPassesBetweenSearches = 256;
// A cgroup whose path is not found by then is gone, or is the root.
constexpr std::uint64_t kPassesToFindPath = 2;

bool is_at_or_below(std::string_view path, std::string_view above) {
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

}  // namespace

void SlotOwners::follow(const CgroupRoster& roster, SlotTable& table) {
  parts_.paths.begin_pass();
  const bool changed = roster.passes() != roster_pass_;
  roster_pass_ = roster.passes();
  if (changed) follow_roster(roster, table);
  const bool arrived = changed && !roster.arrived().empty();
  meet_new_slots(table, arrived);
  for (std::uint32_t slot = 0; slot < known_.size(); ++slot) {
    Known& known = known_[slot];
    // Who came in this pass may be above any of them.
    if (known.settled && !arrived) continue;
    known.settled = true;
    for (const CgroupRoster::Slot watched : roster.at_or_above(known.path))
      if (counts_for(known, roster.entries()[watched], watched)) give(slot, watched, table);
  }
  // Where nobody tells of deaths, who looks for cgroups may have missed some this time.
  const bool untold = changed && parts_.lifecycle == nullptr;
  release_dead(table, untold || pass_ % kPassesBetweenSearches == 0);
  ++pass_;
}

void SlotOwners::follow_roster(const CgroupRoster& roster, SlotTable& table) {
  const auto entries = roster.entries();
  lives_.resize(std::max(lives_.size(), entries.size()));
  // One that is watched again later begins anew, with the same id.
  for (const CgroupRoster::Departed& departed : roster.departed())
    for (std::size_t i = 0; departed.lives && i < known_.size(); ++i)
      std::erase(known_[i].given_to, departed.entry.id);
  for (CgroupRoster::Slot watched = 0; watched < entries.size(); ++watched) {
    const CgroupRoster::Entry& entry = entries[watched];
    if (lives_[watched].id == entry.id) continue;
    lives_[watched] = {.id = entry.id, .born_pass = entry.born_under_watch ? pass_ : 0};
    table.begin_life(watched, entry.id);
  }
}

void SlotOwners::meet_new_slots(SlotTable& table, bool again) {
  known_.resize(std::max(known_.size(), table.slot_count()));
  for (std::uint32_t slot = 0; slot < table.slot_count(); ++slot) {
    Known& known = known_[slot];
    const std::uint64_t cgroup = table.cgroup_of(slot);
    const bool is_met = known.cgroup == cgroup;
    const bool is_asked =
        !is_met || (again && known.path.empty() && pass_ <= known.met_pass + kPassesToFindPath);
    if (cgroup == 0 || !is_asked) continue;
    known = {.cgroup = cgroup,
             .path = find_path(cgroup).value_or(""),
             .settled = false,
             .met_pass = is_met ? known.met_pass : pass_};
  }
}

// Nothing is above what was there before it. What was met in the pass before may have come after that had
// looked for births, unless it is dead by now. Without news of births nobody knows in which pass a cgroup
// came.
bool SlotOwners::is_older(const Known& known, const Life& life) const {
  if (!parts_.lifecycle || life.born_pass <= known.met_pass) return false;
  return life.born_pass > known.met_pass + 1 ||
         parts_.lifecycle->find_last(parts_.hierarchy, known.cgroup) != nullptr;
}

// A cgroup that was started anew has the path of the one before.
bool SlotOwners::counts_for(const Known& known, const CgroupRoster::Entry& entry,
                            CgroupRoster::Slot watched) const {
  const std::uint64_t inode = entry.inodes[parts_.hierarchy];
  if (inode == known.cgroup) return true;
  if (!is_at_or_below(known.path, entry.path) || is_older(known, lives_[watched])) return false;
  if (known.path != entry.path) return true;
  // In a hierarchy that nobody walks, only the directory of a cgroup whose birth was told is known.
  const bool is_told =
      parts_.lifecycle && parts_.lifecycle->find_path(parts_.hierarchy, known.cgroup) != nullptr;
  return inode == 0 && !is_told;
}

void SlotOwners::give(std::uint32_t slot, CgroupRoster::Slot watched, SlotTable& table) {
  auto& given_to = known_[slot].given_to;
  if (watched >= lives_.size() || std::ranges::count(given_to, lives_[watched].id) != 0) return;
  given_to.push_back(lives_[watched].id);
  table.give(slot, watched);
}

void SlotOwners::end_life(const CgroupRoster::Departed& departed, SlotTable& table) {
  lives_.resize(std::max<std::size_t>(lives_.size(), departed.slot + std::size_t{1}));
  if (lives_[departed.slot].id != departed.entry.id) {
    lives_[departed.slot] = {.id = departed.entry.id, .born_pass = pass_};
    table.begin_life(departed.slot, departed.entry.id);
  }
  meet_new_slots(table, false);
  for (std::uint32_t slot = 0; slot < known_.size(); ++slot)
    if (known_[slot].cgroup != 0 && counts_for(known_[slot], departed.entry, departed.slot))
      give(slot, departed.slot, table);
}

void SlotOwners::release_dead(SlotTable& table, bool look) {
  for (std::uint32_t slot = 0; slot < known_.size(); ++slot) {
    if (known_[slot].cgroup == 0 || !is_dead(known_[slot].cgroup, look)) continue;
    table.release(slot);
    known_[slot] = {};
  }
}

bool SlotOwners::is_dead(std::uint64_t cgroup, bool look) {
  if (parts_.lifecycle && parts_.lifecycle->find_last(parts_.hierarchy, cgroup) != nullptr) return true;
  return look && !parts_.paths.find(cgroup);
}

std::optional<std::string> SlotOwners::find_path(std::uint64_t cgroup) {
  if (parts_.lifecycle)
    if (const std::string* path = parts_.lifecycle->find_path(parts_.hierarchy, cgroup)) return *path;
  return parts_.paths.find(cgroup);
}

}  // namespace squid
