// CgroupRoster: the cgroups that are watched, each in a slot that stays the same for as long as it lives, so
// that samples, rates and aggregates are plain arrays indexed by slot.
//
// It joins the hierarchies: on a hybrid host one container is a directory in cgroup v2 and one in each v1
// controller, at the same path and with another inode in each. Which cgroups are worth watching is decided by
// the admission function, once per cgroup. It knows neither files nor the kernel: a Discovery tells it what
// exists.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/cgroup_id.h"
#include "core/container.h"
#include "core/topology.h"

namespace squid {

class CgroupRoster {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kUnknown = ~Slot{0};        // never seen: introduce() it
  static constexpr Slot kUninteresting = ~Slot{1};  // seen, and not admitted

  struct Entry {
    CgroupId id;       // invalid: the slot is free
    std::string path;  // below the root of the hierarchy, with a leading slash
    std::shared_ptr<const Container> container;
    std::array<std::uint64_t, kMaxHierarchies> inodes{};  // by HierarchyIndex; 0 where it has no directory
    bool born_under_watch = false;  // its counters were zero at the end of the last pass
    std::uint64_t seen_pass = 0;
    bool is_dead = false;
  };

  // A slot that was freed, and who had it.
  struct Departed {
    Slot slot;
    Entry entry;
    bool lives = false;  // it is only not watched any more
  };

  // Returns who the cgroup is, or null where it is not to be watched. The id is that of the directory by
  // which it is met.
  using Admission = std::function<std::shared_ptr<const Container>(std::string_view path, CgroupId id)>;

  explicit CgroupRoster(Admission admit) : admit_(std::move(admit)) {}

  void begin_pass();
  Slot observe(HierarchyIndex hierarchy, std::uint64_t inode);
  Slot introduce(HierarchyIndex hierarchy, std::uint64_t inode, std::string_view path);
  // Of a cgroup that is known to be new, and may be gone again: it lives on only if it is observed in this
  // pass. One that was seen before is left alone.
  void introduce_born(HierarchyIndex hierarchy, std::uint64_t inode, std::string_view path);
  // Counts as observed in this pass.
  void keep(Slot slot) { entries_[slot].seen_pass = pass_; }
  // It is known to be dead, and departs with this pass.
  void bury(Slot slot) { entries_[slot].is_dead = true; }
  // Drops what was not observed. After an incomplete pass only the dead are dropped, and what the next one
  // finds does not count as born under our watch.
  void end_pass(bool complete);
  // Instead of a complete pass that would observe exactly what the one before did.
  void repeat_pass();

  std::span<const Entry> entries() const { return entries_; }
  // Of a watched cgroup; else kUnknown.
  Slot find(std::string_view path) const;
  Slot find(HierarchyIndex hierarchy, std::uint64_t inode) const;
  // Of the watched cgroups that this path is, or is below of: what is used there, they use.
  std::vector<Slot> at_or_above(std::string_view path) const;
  std::size_t size() const { return alive_; }
  // Of these, who is no group.
  std::size_t containers() const { return alive_ - groups_; }
  // How many passes were begun.
  std::uint64_t passes() const { return pass_; }
  // Whose slots were freed by the last end_pass().
  std::span<const Departed> departed() const { return departed_; }
  // Slots that were filled since the last begin_pass(); free again where the cgroup is gone by its end.
  std::span<const Slot> arrived() const { return arrived_; }

  void set_container(Slot slot, std::shared_ptr<const Container> container);

  // In the next pass the admission function is asked about this cgroup again, as if it had not been seen
  // before; but whatever it says then is no birth.
  void ask_again(std::string_view path) { asked_again_.emplace_back(path); }
  // The same about all that were not admitted, because admission has changed.
  void ask_again_about_others() { asked_again_about_others_ = true; }
  // Then a pass must not be left out.
  bool wants_pass() const { return !asked_again_.empty() || asked_again_about_others_; }

 private:
  struct Seen {
    Slot slot = kUnknown;
    std::uint64_t pass = 0;
  };

  bool knows(HierarchyIndex hierarchy, std::uint64_t inode) const;
  Slot admit(HierarchyIndex hierarchy, std::uint64_t inode, std::string_view path);
  void release(Slot slot, bool lives);
  bool is_asked_again(std::string_view path) const;
  void forget_answers();
  void forget_unseen_inodes();
  void trim();
  bool holds(Slot slot, HierarchyIndex hierarchy, std::uint64_t inode) const;

  Admission admit_;
  std::vector<Entry> entries_;
  std::vector<Slot> free_;
  std::vector<Slot> arrived_;
  std::vector<Departed> departed_;
  std::size_t alive_ = 0;
  std::size_t groups_ = 0;
  std::uint64_t pass_ = 0;
  bool last_pass_complete_ = false;
  std::vector<std::string> asked_again_;   // until the end of the next pass
  bool asked_again_about_others_ = false;  // the same
  // Every cgroup of the host that was seen, watched or not, so that admission is asked once for each.
  std::array<boost::unordered_flat_map<std::uint64_t, Seen>, kMaxHierarchies> seen_;
  std::array<std::size_t, kMaxHierarchies> observed_{};
  boost::unordered_flat_map<std::string, Slot> by_path_;
};

}  // namespace squid
