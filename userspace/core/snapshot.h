// Snapshot: one sample pass. One CgroupSample for each slot of the roster, and who supplied which group.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "core/cgroup_roster.h"
#include "core/cgroup_sample.h"
#include "core/group_mask.h"
#include "core/shrink.h"

namespace squid {

struct Snapshot {
  const CgroupRoster& roster;
  std::vector<CgroupSample> samples;  // by roster slot; id 0 where the slot is free

  // CPU time per core, samples.size() rows of `cores` columns; empty unless asked for.
  unsigned cores = 0;
  std::vector<Reading> core_ns;

  GroupMask wanted = kAllGroups;  // in this pass

  std::array<std::string_view, kMetricGroupCount>
      supplied_by{};  // name of the last source that filled the group

  explicit Snapshot(const CgroupRoster& watched) : roster(watched) {}

  // Empties the snapshot and lays out one sample for each watched cgroup.
  void begin() {
    const auto entries = roster.entries();
    samples.assign(entries.size(), CgroupSample{});
    give_back_room(samples);
    for (std::size_t slot = 0; slot < entries.size(); ++slot) samples[slot].id = entries[slot].id;
    core_ns.assign(entries.size() * cores, Reading{});
    supplied_by.fill({});
  }
};

}  // namespace squid
