#include "cgroupfs/files_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/monotonic.h"

namespace squid {
namespace {

constexpr int kUntried = -1;
constexpr int kMissing = -2;
// Large enough for any cgroup file that we read, on a host of 3,000 CPUs.
constexpr std::size_t kBufferBytes = 65536;
// The first pause of a new cgroup, as a part of the slow interval; it doubles until it is the whole.
constexpr std::uint64_t kFirstPauseFraction = 64;

const SourceRegistry::Entry kFiles{
    SourceKind{.name = "files", .help = "cgroup files, for whatever no other source supplies on this host"}};

// What a cgroup that vanished, a controller that was switched off, or a file that this kernel does not have
// looks like.
bool is_absence(int code) {
  return code == ENOENT || code == ENODEV || code == ENOTDIR || code == EOPNOTSUPP;
}

}  // namespace

FilesSource::FilesSource(Topology topology, FilesOptions options)
    : topology_(std::move(topology)),
      options_(std::move(options)),
      plan_(compute_file_plan(topology_)),
      buffer_(std::make_unique<char[]>(kBufferBytes)) {
  if (!options_.per_cpu) options_.groups &= ~group_bit(MetricGroup::kPerCpu);
  for (const PlannedRow& planned : plan_.rows)
    if (planned.row->pace == Pace::kPass) pass_groups_ |= group_bit(planned.row->group);
}

FilesSource::~FilesSource() {
  for (int& descriptor : descriptors_) close_file(descriptor);
}

Result<void> FilesSource::collect(Snapshot& snapshot) {
  const std::size_t slots = std::max(slots_.size(), snapshot.samples.size());
  slots_.resize(slots);
  descriptors_.resize(slots * plan_.files.size(), kUntried);

  supplied_ = 0;
  const std::uint64_t errors_before = errors_;
  const std::uint64_t now_ns = monotonic_ns();
  for (CgroupRoster::Slot slot = 0; slot < snapshot.samples.size(); ++slot)
    collect_slot(snapshot, slot, now_ns);

  for (std::size_t group = 0; group < kMetricGroupCount; ++group)
    if ((supplied_ & group_bit(static_cast<MetricGroup>(group))) != 0 && snapshot.supplied_by[group].empty())
      snapshot.supplied_by[group] = name();
  if (errors_ != errors_before) return last_error_;
  return {};
}

void FilesSource::collect_slot(Snapshot& snapshot, CgroupRoster::Slot slot, std::uint64_t now_ns) {
  CgroupSample& sample = snapshot.samples[slot];
  SlotState& state = slots_[slot];
  if (state.id != sample.id) begin_life(slot, sample.id);
  const bool root = snapshot.roster.entries()[slot].path.size() <= 1;
  if (!sample.id.valid() || root) return;

  const GroupMask missing = missing_groups(snapshot, slot);
  const bool slow = now_ns >= state.next_slow_ns;
  if (slow) begin_slow_read(slot, now_ns);
  if (missing == 0) return;
  if (slow || (missing & pass_groups_) != 0) read_rows(snapshot, slot, missing, slow);
  refill_gauges(sample, state, missing, slow);
  supplied_ |= missing & ~missing_groups(snapshot, slot);
}

GroupMask FilesSource::missing_groups(const Snapshot& snapshot, CgroupRoster::Slot slot) const {
  GroupMask missing = 0;
  for (std::size_t i = 0; i < kMetricGroupCount; ++i) {
    const auto group = static_cast<MetricGroup>(i);
    const auto field = main_field(group);
    if (field != nullptr && !(snapshot.samples[slot].*field)) missing |= group_bit(group);
  }
  if (snapshot.cores > 0 && !snapshot.core_ns[std::size_t{slot} * snapshot.cores])
    missing |= group_bit(MetricGroup::kPerCpu);
  return missing & options_.groups & snapshot.wanted;
}

void FilesSource::begin_slow_read(CgroupRoster::Slot slot, std::uint64_t now_ns) {
  SlotState& state = slots_[slot];
  // Absolute deadlines, so that the pace does not drift with the pass interval; missed ones are skipped.
  state.next_slow_ns += state.slow_pause_ns;
  if (state.next_slow_ns <= now_ns) state.next_slow_ns = now_ns + state.slow_pause_ns;
  state.slow_pause_ns = std::min(2 * state.slow_pause_ns, options_.slow_interval_ns);

  const auto files = plan_.files.size();
  for (std::size_t file = 0; file < files; ++file) {
    int& descriptor = descriptors_[slot * files + file];
    if (descriptor == kMissing) descriptor = kUntried;
  }
}

void FilesSource::read_rows(Snapshot& snapshot, CgroupRoster::Slot slot, GroupMask missing, bool slow) {
  CgroupSample& sample = snapshot.samples[slot];
  const std::string& path = snapshot.roster.entries()[slot].path;
  FileTarget target{
      .sample = sample,
      .core_ns = std::span(snapshot.core_ns).subspan(std::size_t{slot} * snapshot.cores, snapshot.cores),
      .cfs_quota_us = {},
      .counts_device = options_.counts_device};

  std::size_t last_file = plan_.files.size();
  std::optional<std::string_view> text;
  for (const PlannedRow& planned : plan_.rows) {
    const FileRow& row = *planned.row;
    if ((missing & group_bit(row.group)) == 0) continue;
    if (row.pace == Pace::kSlow && !slow) continue;
    if (row.wanted != nullptr && sample.*row.wanted) continue;
    if (planned.file != last_file) text = read(planned.file, slot, path);
    last_file = planned.file;
    if (!text) continue;
    row.parse(*text, target);
    // The time of a group is that of its main number.
    if (row.wanted == main_field(row.group) || sample.taken(row.group) == 0)
      sample.set_taken(row.group, monotonic_ns());
  }
}

void FilesSource::refill_gauges(CgroupSample& sample, SlotState& state, GroupMask missing, bool slow) const {
  for (std::size_t i = 0; i < kSlowGauges.size(); ++i) {
    const SlowGauge& gauge = kSlowGauges[i];
    if ((missing & group_bit(gauge.group)) == 0) continue;
    if (slow) {
      state.held[i] = sample.*gauge.member;
    } else {
      sample.*gauge.member = state.held[i];
    }
  }
  // A peak that was read some time ago is at least what is in use now.
  if (!slow && (missing & group_bit(MetricGroup::kMemory)) != 0 && sample.memory_peak_bytes)
    sample.memory_peak_bytes = std::max(*sample.memory_peak_bytes, sample.memory_usage_bytes.value_or(0));
}

std::optional<std::string_view> FilesSource::read(std::size_t file, CgroupRoster::Slot slot,
                                                  const std::string& path) {
  const PlannedFile& planned = plan_.files[file];
  int& descriptor = descriptors_[slot * plan_.files.size() + file];
  if (descriptor == kMissing) return std::nullopt;
  if (descriptor == kUntried) descriptor = open_file(planned, path);
  if (descriptor == kMissing) return std::nullopt;

  const ssize_t bytes = pread(descriptor, buffer_.get(), kBufferBytes, 0);
  if (bytes < 0) {
    const int code = errno;
    close_file(descriptor);
    descriptor = kMissing;
    if (!is_absence(code)) note_failure("cannot read " + path + "/" + planned.name, code);
    return std::nullopt;
  }
  // What is read seldom must not crowd out what is read in every pass.
  const std::size_t budget =
      planned.pace == Pace::kPass ? options_.max_open_files : options_.max_open_files / 2;
  if (open_files_ > budget) {
    close_file(descriptor);
    ++files_over_limit_;
  }
  return std::string_view(buffer_.get(), static_cast<std::size_t>(bytes));
}

int FilesSource::open_file(const PlannedFile& file, const std::string& path) {
  file_path_ = topology_.hierarchies[file.hierarchy].mount_point;
  file_path_ += path;
  file_path_ += '/';
  file_path_ += file.name;
  const int descriptor = open(file_path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const int code = errno;
    if (!is_absence(code)) note_failure("cannot open " + file_path_, code);
    return kMissing;
  }
  ++open_files_;
  return descriptor;
}

void FilesSource::begin_life(CgroupRoster::Slot slot, CgroupId id) {
  const auto files = plan_.files.size();
  for (std::size_t file = 0; file < files; ++file) close_file(descriptors_[slot * files + file]);
  // Different for each slot, so that cgroups which were found together are not all read slowly together.
  const std::uint64_t first_pause_ns = options_.slow_interval_ns / kFirstPauseFraction;
  slots_[slot] = SlotState{.id = id,
                           .next_slow_ns = 0,
                           .slow_pause_ns = first_pause_ns + first_pause_ns * (slot % 64) / 64,
                           .held = {}};
}

void FilesSource::close_file(int& descriptor) {
  if (descriptor >= 0) {
    close(descriptor);
    --open_files_;
  }
  descriptor = kUntried;
}

void FilesSource::note_failure(const std::string& what, int code) {
  ++errors_;
  last_error_ = errno_error(what, code);
}

}  // namespace squid
