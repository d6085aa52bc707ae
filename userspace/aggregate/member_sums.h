// MemberSums: groups that have no cgroup of their own. In each pass the numbers of their members are added
// up, and the sums are the samples of the group.
//
// Of a counter the growth is added, over the time since the group was told of last: so a member that is born
// or dies makes no step, and all that it did is in the sum, also what comes with its death. A gauge is the
// sum over those who live, and absent where one of them does not tell it. What does not add up is absent.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aggregate/slot_statistics.h"
#include "core/cgroup_roster.h"
#include "core/container.h"
#include "core/rates.h"
#include "core/report.h"

namespace squid {

class MemberSums {
 public:
  using Slot = CgroupRoster::Slot;

  // With the columns of those who may become members.
  explicit MemberSums(const SlotStatistics& of_members);

  void begin_pass(std::uint64_t now_ns);
  void end_pass();

  // Who has the slot from now on. What it did in this window so far counts for its group too.
  void follow(Slot member, const Container& container, const SlotStatistics& of_members);
  void leave(Slot member);
  // A sample of whoever has the slot.
  void add(Slot member, std::span<const MetricValue> values) {
    if (member < group_of_.size() && group_of_[member] != kNone) add_to(group_of_[member], values, true);
  }
  // The last one, of a cgroup that is gone: it holds nothing any more.
  void add_last(Slot member, std::span<const MetricValue> values) {
    if (member < group_of_.size() && group_of_[member] != kNone) add_to(group_of_[member], values, false);
  }
  // Ends the window. Groups without members are told of for the last time.
  void flush(std::vector<Subject>& out);

 private:
  using Index = Slot;  // of a group, in `groups_` and in `statistics_`
  static constexpr Index kNone = ~Index{0};

  // Over the members that have told it in this pass.
  struct Sum {
    std::uint32_t members = 0;
    double value = 0;  // counters: of value times seconds
    double growth = 0;
    double seconds = 0;  // the longest
  };
  struct Group {
    std::shared_ptr<const Container> identity;  // null: the place is free
    std::uint32_t members = 0;
    std::uint32_t sampled = 0;  // members that live and told anything, in this pass
  };

  Index found(const std::shared_ptr<const Container>& identity);
  void take_over(Index group, bool is_new, Slot member, const SlotStatistics& of_members);
  void add_to(Index group, std::span<const MetricValue> values, bool lives);
  MetricValue compute(Index group, std::size_t column);
  void forget(Index group);
  std::ptrdiff_t first_of(Index group) const { return static_cast<std::ptrdiff_t>(group * values_.size()); }

  SlotStatistics statistics_;  // by group
  std::vector<Group> groups_;
  std::vector<Index> free_;
  std::vector<Sum> sums_;               // group-major
  std::vector<std::uint64_t> told_ns_;  // group-major: until when the counter is in the statistics
  std::vector<Index> group_of_;         // by slot of the member; empty until somebody is one
  std::vector<MetricValue> values_;     // of the group at hand
  boost::unordered_flat_map<const Container*, Index> by_identity_;
  std::uint64_t now_ns_ = 0;
  std::uint64_t last_pass_ns_ = 0;
  std::uint64_t window_began_ns_ = 0;
};

}  // namespace squid
