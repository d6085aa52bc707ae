// FilesSource: fills from the cgroup files whatever no source before it supplied, cgroup by cgroup and group
// by group.
//
// Descriptors are kept and read with pread into one buffer, which costs a fifth of open, read and close. A
// cgroup that vanishes costs one failed read and is no error. It does not know which cgroups exist (a
// Discovery does) and never reads the root cgroup, whose memory.stat can take seconds.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cgroupfs/file_table.h"
#include "core/group_mask.h"
#include "core/metric_source.h"
#include "core/topology.h"

namespace squid {

struct FilesOptions {
  GroupMask groups = kAllGroups;
  // Limits and pressure. A new cgroup is looked at more often: its controllers and limits come one by one.
  std::uint64_t slow_interval_ns = 10'000'000'000;
  std::size_t max_open_files = 1024;  // see compute_file_budget()
  bool per_cpu = false;
  // Which block devices the sums are about; see parse_io.h.
  DeviceFilter counts_device = [](std::uint32_t, std::uint32_t) { return true; };
};

class FilesSource : public MetricSource {
 public:
  FilesSource(Topology topology, FilesOptions options);
  ~FilesSource() override;

  std::string_view name() const override { return "files"; }
  // Fills what it can, and then returns the last failure of this pass, if there was one.
  Result<void> collect(Snapshot& snapshot) override;

  std::size_t open_files() const { return open_files_; }
  // Since start: reads that opened and closed their file because the limit was reached, ...
  std::uint64_t files_over_limit() const { return files_over_limit_; }
  // ... and reads that failed although their cgroup is still there.
  std::uint64_t errors() const { return errors_; }
  const Error& last_error() const { return last_error_; }

 private:
  struct SlotState {
    CgroupId id;
    std::uint64_t next_slow_ns = 0;
    std::uint64_t slow_pause_ns = 0;
    std::array<Reading, kSlowGauges.size()> held;
  };

  void collect_slot(Snapshot& snapshot, CgroupRoster::Slot slot, std::uint64_t now_ns);
  GroupMask missing_groups(const Snapshot& snapshot, CgroupRoster::Slot slot) const;
  void read_rows(Snapshot& snapshot, CgroupRoster::Slot slot, GroupMask missing, bool slow);
  void begin_slow_read(CgroupRoster::Slot slot, std::uint64_t now_ns);
  void refill_gauges(CgroupSample& sample, SlotState& state, GroupMask missing, bool slow) const;

  std::optional<std::string_view> read(std::size_t file, CgroupRoster::Slot slot, const std::string& path);
  int open_file(const PlannedFile& file, const std::string& path);
  void begin_life(CgroupRoster::Slot slot, CgroupId id);
  void close_file(int& descriptor);
  void note_failure(const std::string& what, int code);

  Topology topology_;
  FilesOptions options_;
  FilePlan plan_;
  GroupMask pass_groups_ = 0;  // groups that have a row which is read in every pass

  std::vector<SlotState> slots_;
  std::vector<int> descriptors_;  // slot-major, one for each file of the plan; or kUntried, kMissing
  std::unique_ptr<char[]> buffer_;
  std::string file_path_;  // only to spare its allocation

  GroupMask supplied_ = 0;  // in this pass
  std::size_t open_files_ = 0;
  std::uint64_t files_over_limit_ = 0;
  std::uint64_t errors_ = 0;
  Error last_error_;
};

}  // namespace squid
