#include "kernel/bpf_source.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace squid {
namespace {

const SourceRegistry::Entry kBpf{
    {.name = "bpf", .help = "the kernel's own counters, by one eBPF walk over all cgroups in each pass"}};

}  // namespace

BpfSource::BpfSource(std::shared_ptr<CgroupWalks> walks, std::shared_ptr<const Lifecycle> lifecycle)
    : walks_(std::move(walks)),
      lifecycle_(std::move(lifecycle)),
      page_bytes_(static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))),
      groups_(walks_->groups()) {}

void BpfSource::set_groups(GroupMask groups) {
  groups_ = groups;
  walks_->set_groups(groups);
}

void BpfSource::disable(MetricGroup group) {
  set_groups(groups_ & ~group_bit(group));
}

Result<void> BpfSource::collect(Snapshot& snapshot) {
  lives_.resize(snapshot.samples.size());
  give_back_room(lives_);
  GroupMask filled = 0;
  for (const WalkedHierarchy& hierarchy : walks_->hierarchies()) {
    if (!hierarchy.walked) continue;
    filled |= decode(hierarchy, snapshot);
    if (!snapshot.core_ns.empty() && (hierarchy.groups & groups_ & group_bit(MetricGroup::kPerCpu)) != 0 &&
        walks_->walk().cpu_count() != 0) {
      fill_core_times(hierarchy, snapshot);
      filled |= group_bit(MetricGroup::kPerCpu);
    }
  }
  for (std::size_t group = 0; group < kMetricGroupCount; ++group)
    if ((filled & group_bit(static_cast<MetricGroup>(group))) != 0) snapshot.supplied_by[group] = name();
  return {};
}

void BpfSource::collect_last(const CgroupRoster::Departed& departed, CgroupSample& last) {
  if (!lifecycle_) return;
  // One that came and went between two passes has no life here yet.
  Life life{.id = departed.entry.id, .split = {}};
  if (departed.slot < lives_.size() && lives_[departed.slot].id == life.id) life = lives_[departed.slot];
  for (const WalkedHierarchy& hierarchy : walks_->hierarchies()) {
    const std::uint64_t inode = departed.entry.inodes[hierarchy.hierarchy];
    const cgroup_record* record = inode == 0 ? nullptr : lifecycle_->find_last(hierarchy.hierarchy, inode);
    if (record != nullptr) decode_record(*record, hierarchy.groups & groups_, page_bytes_, life.split, last);
  }
  // What an empty cgroup still holds says nothing about the time in which it was not empty.
  last.memory_usage_bytes.reset();
}

GroupMask BpfSource::decode(const WalkedHierarchy& hierarchy, Snapshot& snapshot) {
  const GroupMask wanted = hierarchy.groups & groups_;
  const auto records = walks_->records(hierarchy);
  GroupMask filled = 0;
  for (std::size_t i = 0; i < hierarchy.known.size(); ++i) {
    const CgroupRoster::Slot slot = hierarchy.known[i].slot;
    if (slot >= snapshot.samples.size()) continue;  // not watched
    CgroupSample& sample = snapshot.samples[slot];
    Life& life = lives_[slot];
    if (life.id != sample.id) life = {.id = sample.id, .split = {}};
    filled |= decode_record(records[i], wanted, page_bytes_, life.split, sample);
  }
  return filled;
}

void BpfSource::fill_core_times(const WalkedHierarchy& hierarchy, Snapshot& snapshot) const {
  const std::size_t cores = std::min<std::size_t>(snapshot.cores, walks_->walk().cpu_count());
  for (std::size_t i = 0; i < hierarchy.known.size(); ++i) {
    const CgroupRoster::Slot slot = hierarchy.known[i].slot;
    if (slot >= snapshot.samples.size()) continue;
    const auto times = walks_->walk().core_times(hierarchy.first + i);
    for (std::size_t core = 0; core < cores; ++core) {
      Reading& reading = snapshot.core_ns[slot * snapshot.cores + core];
      if (!reading) reading = times[core];
    }
    CgroupSample& sample = snapshot.samples[slot];
    sample.set_taken(MetricGroup::kPerCpu, walks_->records(hierarchy)[i].time_ns);
  }
}

}  // namespace squid
