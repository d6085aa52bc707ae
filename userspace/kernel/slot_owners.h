// SlotOwners: whose numbers are in the slots that a BPF program fills for each cgroup it meets.
//
// A slot knows its cgroup by inode. What happens in a cgroup happens in those above it as well, so it counts
// for every watched cgroup at or above its path, though not for another life that has taken its place since.
// Paths come from the birth of a cgroup where that was told, for it may be gone by now, else from the file
// system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cgroup_roster.h"
#include "kernel/cgroup_paths.h"
#include "kernel/lifecycle.h"

namespace squid {

// The side of a source: its slots, and what it keeps for each watched cgroup.
class SlotTable {
 public:
  SlotTable() = default;
  SlotTable(const SlotTable&) = delete;
  SlotTable& operator=(const SlotTable&) = delete;
  virtual ~SlotTable() = default;

  virtual std::size_t slot_count() const = 0;
  virtual std::uint64_t cgroup_of(std::uint32_t slot) const = 0;  // 0: the slot is free
  // From now on the slot counts for this watched cgroup too.
  virtual void give(std::uint32_t slot, CgroupRoster::Slot watched) = 0;
  // Its cgroup is gone: what it counted has to be kept elsewhere, and the slot is free.
  virtual void release(std::uint32_t slot) = 0;
  // This place is for another cgroup now, or for none.
  virtual void begin_life(CgroupRoster::Slot watched, CgroupId id) = 0;
};

class SlotOwners {
 public:
  struct Parts {
    CgroupPaths paths;
    HierarchyIndex hierarchy;                    // of the paths, in the topology
    std::shared_ptr<const Lifecycle> lifecycle;  // may be null
  };
  explicit SlotOwners(Parts parts) : parts_(std::move(parts)) {}

  // Once per pass: gives new slots, and releases those of cgroups that are gone.
  void follow(const CgroupRoster& roster, SlotTable& table);
  // Before follow(), for a cgroup that has gone: gives it what it did since the pass before.
  void end_life(const CgroupRoster::Departed& departed, SlotTable& table);
  // Whether the cgroup is in this hierarchy at all, and with its controller.
  bool is_here(const CgroupRoster::Entry& entry) const { return entry.inodes[parts_.hierarchy] != 0; }
  bool has_file(const CgroupRoster::Entry& entry, std::string_view file) const {
    return parts_.paths.has_file(entry.path, file);
  }
  // Whose life it is in this place of the roster.
  CgroupId life(CgroupRoster::Slot watched) const {
    return watched < lives_.size() ? lives_[watched].id : CgroupId{};
  }

 private:
  struct Known {
    std::uint64_t cgroup = 0;
    std::string path;  // empty: not found
    std::vector<CgroupId> given_to = {};
    bool settled = true;  // all watched cgroups that it counts for have it
    std::uint64_t met_pass = 0;
  };
  struct Life {
    CgroupId id;
    std::uint64_t born_pass = 0;  // 0: it may be older than we are
  };

  void follow_roster(const CgroupRoster& roster, SlotTable& table);
  void meet_new_slots(SlotTable& table, bool again);
  bool is_older(const Known& known, const Life& life) const;
  bool counts_for(const Known& known, const CgroupRoster::Entry& entry, CgroupRoster::Slot watched) const;
  void give(std::uint32_t slot, CgroupRoster::Slot watched, SlotTable& table);
  void release_dead(SlotTable& table, bool look);
  bool is_dead(std::uint64_t cgroup, bool look);
  std::optional<std::string> find_path(std::uint64_t cgroup);

  Parts parts_;
  std::vector<Life> lives_;   // by roster slot
  std::vector<Known> known_;  // by slot of the table
  std::uint64_t roster_pass_ = 0;
  std::uint64_t pass_ = 1;  // the one that goes on, or comes
};

}  // namespace squid
