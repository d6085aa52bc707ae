#include "core/cgroup_roster.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/shrink.h"

namespace squid {

void CgroupRoster::begin_pass() {
  ++pass_;
  arrived_.clear();
  departed_.clear();
  observed_.fill(0);
  trim();
  if (wants_pass()) forget_answers();
}

// Whoever departed was told of in the pass before. Behind the last one that lives there may be the places of
// a burst.
void CgroupRoster::trim() {
  const std::size_t before = entries_.size();
  while (!entries_.empty() && !entries_.back().id.valid()) entries_.pop_back();
  if (entries_.size() == before) return;
  std::erase_if(free_, [this](Slot slot) { return slot >= entries_.size(); });
  give_back_room(entries_);
}

bool CgroupRoster::holds(Slot slot, HierarchyIndex hierarchy, std::uint64_t inode) const {
  return slot < entries_.size() && entries_[slot].inodes[hierarchy] == inode;
}

void CgroupRoster::forget_answers() {
  for (const std::string& path : asked_again_)
    if (const Slot slot = find(path); slot != kUnknown) release(slot, true);
  // Whose path it is that was not admitted, nobody remembers; so all of these are asked about.
  for (auto& seen : seen_)
    boost::unordered::erase_if(seen, [](const auto& item) { return item.second.slot == kUninteresting; });
}

bool CgroupRoster::is_asked_again(std::string_view path) const {
  return asked_again_about_others_ || std::ranges::count(asked_again_, path) > 0;
}

CgroupRoster::Slot CgroupRoster::observe(HierarchyIndex hierarchy, std::uint64_t inode) {
  const auto found = seen_[hierarchy].find(inode);
  if (found == seen_[hierarchy].end()) return kUnknown;

  Seen& seen = found->second;
  if (seen.slot != kUninteresting) {
    // The slot may have been given to another cgroup since.
    if (!holds(seen.slot, hierarchy, inode)) return kUnknown;
    entries_[seen.slot].seen_pass = pass_;
  }
  if (seen.pass != pass_) ++observed_[hierarchy];
  seen.pass = pass_;
  return seen.slot;
}

CgroupRoster::Slot CgroupRoster::introduce(HierarchyIndex hierarchy, std::uint64_t inode,
                                           std::string_view path) {
  const Slot slot = admit(hierarchy, inode, path);
  seen_[hierarchy][inode] = Seen{slot, pass_};
  ++observed_[hierarchy];
  return slot;
}

void CgroupRoster::introduce_born(HierarchyIndex hierarchy, std::uint64_t inode, std::string_view path) {
  if (knows(hierarchy, inode)) return;
  const Slot before = find(path);
  const std::uint64_t seen_before = before == kUnknown ? 0 : entries_[before].seen_pass;
  const Slot slot = introduce(hierarchy, inode, path);
  if (slot == kUninteresting) return;
  Entry& entry = entries_[slot];
  if (slot != before) entry.born_under_watch = true;
  entry.seen_pass = slot == before ? seen_before : 0;
}

CgroupRoster::Slot CgroupRoster::admit(HierarchyIndex hierarchy, std::uint64_t inode, std::string_view path) {
  if (const auto known = by_path_.find(std::string(path)); known != by_path_.end()) {
    Entry& entry = entries_[known->second];
    // Who it is tells the directory by which it was met; this is another one of the same cgroup, perhaps made
    // anew.
    const bool was_met_elsewhere = entry.id.hierarchy() != hierarchy;
    if (was_met_elsewhere) {
      entry.inodes[hierarchy] = inode;
      entry.seen_pass = pass_;
      return known->second;
    }
    release(known->second, false);
  }

  auto container = admit_(path, CgroupId::of(hierarchy, inode));
  if (!container) return kUninteresting;
  groups_ += container->is_group() ? 1 : 0;

  Slot slot = static_cast<Slot>(entries_.size());
  if (free_.empty()) {
    entries_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[slot];
  entry = Entry{.id = CgroupId::of(hierarchy, inode),
                .path = std::string(path),
                .container = std::move(container),
                .inodes = {},
                .born_under_watch = last_pass_complete_ && !is_asked_again(path),
                .seen_pass = pass_};
  entry.inodes[hierarchy] = inode;
  by_path_[entry.path] = slot;
  arrived_.push_back(slot);
  ++alive_;
  return slot;
}

bool CgroupRoster::knows(HierarchyIndex hierarchy, std::uint64_t inode) const {
  const auto found = seen_[hierarchy].find(inode);
  if (found == seen_[hierarchy].end()) return false;
  const Slot slot = found->second.slot;
  return slot == kUninteresting || holds(slot, hierarchy, inode);
}

CgroupRoster::Slot CgroupRoster::find(std::string_view path) const {
  const auto found = by_path_.find(std::string(path));
  return found == by_path_.end() ? kUnknown : found->second;
}

CgroupRoster::Slot CgroupRoster::find(HierarchyIndex hierarchy, std::uint64_t inode) const {
  const auto found = seen_[hierarchy].find(inode);
  if (found == seen_[hierarchy].end()) return kUnknown;
  const Slot slot = found->second.slot;
  return holds(slot, hierarchy, inode) ? slot : kUnknown;
}

std::vector<CgroupRoster::Slot> CgroupRoster::at_or_above(std::string_view path) const {
  std::vector<Slot> slots;
  for (; !path.empty(); path = path.substr(0, path.rfind('/')))
    if (const Slot slot = find(path); slot != kUnknown) slots.push_back(slot);
  return slots;
}

void CgroupRoster::end_pass(bool complete) {
  last_pass_complete_ = complete;
  asked_again_.clear();
  asked_again_about_others_ = false;
  for (Slot slot = 0; slot < entries_.size(); ++slot) {
    const Entry& entry = entries_[slot];
    if (entry.id.valid() && (entry.is_dead || (complete && entry.seen_pass != pass_))) release(slot, false);
  }
  // Slots released in this pass are handed out again only in the next one: until then they tell who departed.
  if (!departed_.empty()) {
    free_.clear();
    // The last one is given away first: those at the end come back into use in a burst alone.
    for (Slot slot = static_cast<Slot>(entries_.size()); slot-- > 0;)
      if (!entries_[slot].id.valid()) free_.push_back(slot);
  }
  if (complete) forget_unseen_inodes();
}

void CgroupRoster::repeat_pass() {
  ++pass_;
  arrived_.clear();
  departed_.clear();
}

void CgroupRoster::release(Slot slot, bool lives) {
  Entry& entry = entries_[slot];
  assert(entry.id.valid());
  by_path_.erase(entry.path);
  groups_ -= entry.container->is_group() ? 1 : 0;
  departed_.push_back({slot, std::exchange(entry, Entry{}), lives});
  --alive_;
}

void CgroupRoster::forget_unseen_inodes() {
  for (std::size_t h = 0; h < kMaxHierarchies; ++h) {
    auto& seen = seen_[h];
    // Sweeping costs as much as the map is large, so dead inodes may pile up to half of it first.
    if (seen.size() <= 2 * observed_[h] + 64) continue;
    boost::unordered::erase_if(seen, [this](const auto& item) { return item.second.pass != pass_; });
  }
}

void CgroupRoster::set_container(Slot slot, std::shared_ptr<const Container> container) {
  assert(entries_[slot].id.valid() && entries_[slot].container->is_group() == container->is_group());
  entries_[slot].container = std::move(container);
}

}  // namespace squid
