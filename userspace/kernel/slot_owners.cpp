#include "kernel/slot_owners.h"

#include <algorithm>
#include <string_view>

namespace squid {
namespace {

// What is written back for a cgroup, or sent by a socket of one, after its end takes a slot once more. Nobody
// tells of a second end, so now and then all are looked for.
constexpr std::uint64_t kPassesBetweenSearches = 256;

bool is_at_or_below(std::string_view path, std::string_view above) {
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

}  // namespace

void SlotOwners::follow(const CgroupRoster& roster, SlotTable& table) {
  ++pass_;
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
    for (const CgroupRoster::Slot watched : roster.at_or_above(known.path)) give(slot, watched, table);
  }
  // Where nobody tells of deaths, who looks for cgroups may have missed some this time.
  const bool untold = changed && parts_.lifecycle == nullptr;
  release_dead(table, untold || pass_ % kPassesBetweenSearches == 0);
}

void SlotOwners::follow_roster(const CgroupRoster& roster, SlotTable& table) {
  const auto entries = roster.entries();
  lives_.resize(std::max(lives_.size(), entries.size()));
  // One that is watched again later begins anew, with the same id.
  for (const CgroupRoster::Departed& departed : roster.departed())
    for (std::size_t i = 0; departed.lives && i < known_.size(); ++i)
      std::erase(known_[i].given_to, departed.entry.id);
  for (CgroupRoster::Slot watched = 0; watched < entries.size(); ++watched) {
    if (lives_[watched] == entries[watched].id) continue;
    lives_[watched] = entries[watched].id;
    table.begin_life(watched, entries[watched].id);
  }
}

void SlotOwners::meet_new_slots(SlotTable& table, bool again) {
  known_.resize(std::max(known_.size(), table.slot_count()));
  for (std::uint32_t slot = 0; slot < table.slot_count(); ++slot) {
    Known& known = known_[slot];
    const std::uint64_t cgroup = table.cgroup_of(slot);
    if (cgroup == 0 || (known.cgroup == cgroup && (!known.path.empty() || !again))) continue;
    known = {.cgroup = cgroup, .path = find_path(cgroup).value_or(""), .given_to = {}, .settled = false};
  }
}

void SlotOwners::give(std::uint32_t slot, CgroupRoster::Slot watched, SlotTable& table) {
  auto& given_to = known_[slot].given_to;
  if (watched >= lives_.size() || std::ranges::count(given_to, lives_[watched]) != 0) return;
  given_to.push_back(lives_[watched]);
  table.give(slot, watched);
}

void SlotOwners::end_life(const CgroupRoster::Departed& departed, SlotTable& table) {
  lives_.resize(std::max<std::size_t>(lives_.size(), departed.slot + std::size_t{1}));
  if (lives_[departed.slot] != departed.entry.id) {
    lives_[departed.slot] = departed.entry.id;
    table.begin_life(departed.slot, departed.entry.id);
  }
  meet_new_slots(table, false);
  for (std::uint32_t slot = 0; slot < known_.size(); ++slot)
    if (known_[slot].cgroup != 0 && is_at_or_below(known_[slot].path, departed.entry.path))
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
