// Aggregator: turns the samples of one flush window into points, for each watched cgroup, and for groups
// whose members' numbers are added up.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aggregate/member_sums.h"
#include "aggregate/slot_statistics.h"
#include "core/cgroup_roster.h"
#include "core/detail_source.h"
#include "core/rates.h"
#include "core/report.h"

namespace squid {

class Aggregator {
 public:
  using Column = StatColumn;

  // `details` are asked for each watched cgroup whenever its points are taken.
  Aggregator(std::vector<Column> columns, std::vector<double> percentiles,
             std::vector<DetailSource*> details = {});

  // What is added between the two is of one pass.
  void begin_pass(std::uint64_t now_ns) {
    now_ns_ = now_ns;
    sums_.begin_pass(now_ns);
  }
  void end_pass() { sums_.end_pass(); }

  // `values` has one entry for each column, or for the first ones; absent ones leave their accumulator alone.
  void add(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container,
           std::span<const MetricValue> values);
  // The same of a cgroup that is gone, before it departs.
  void add_last(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container,
                std::span<const MetricValue> values);
  // A cgroup was born in this pass, and has the slot from now on.
  void begin(CgroupRoster::Slot slot);
  // Whose slot it is from now on, what was added to it included: its name may have become known.
  void rename(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container);
  // The cgroup is gone: what it did in this window is kept for the flush, and the slot is free.
  void depart(CgroupRoster::Slot slot);
  // Ends the window. Subjects without a single point are left out, and who is not selected.
  std::vector<Subject> flush();

  const std::vector<double>& percentiles() const { return statistics_.percentiles(); }

 private:
  void occupy(CgroupRoster::Slot slot, const std::shared_ptr<const Container>& container);
  Subject take(CgroupRoster::Slot slot);

  SlotStatistics statistics_;
  MemberSums sums_;
  std::vector<DetailSource*> details_;
  std::vector<std::shared_ptr<const Container>> containers_;  // by slot
  std::vector<std::uint64_t> began_ns_;                       // the same; 0: before this window
  std::uint64_t now_ns_ = 0;                                  // of the pass that goes on
  std::vector<Subject> departed_;
};

}  // namespace squid
