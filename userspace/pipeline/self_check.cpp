#include "pipeline/self_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "cgroupfs/files_source.h"
#include "core/metric_table.h"
#include "core/parity.h"

namespace squid {
namespace {

// Enough to see every kind of cgroup, few enough to cost milliseconds.
constexpr std::size_t kMostCompared = 32;
// A counter can be caught in the middle of an update: only what disagrees every time is wrong.
constexpr int kAttempts = 3;

CgroupRoster make_roster() {
  const auto everyone = std::make_shared<const Container>();
  auto admitted = std::make_shared<std::size_t>(0);
  return CgroupRoster([everyone, admitted](std::string_view, CgroupId) {
    return ++*admitted <= kMostCompared ? everyone : nullptr;
  });
}

bool keeps_cpu_times_twice(const Topology& topology) {
  const auto files = topology.find(Controller::kCpuacct);
  return files && topology.hierarchies[*files].version == CgroupVersion::kV1;
}

// A cgroup's children are part of it, and cgroup v1 may have some that v2 lacks: podman's monitors, for one.
void forget_cpu_of_parents(Snapshot& snapshot) {
  for (const CgroupRoster::Entry& child : snapshot.roster.entries())
    for (const CgroupRoster::Slot slot : snapshot.roster.at_or_above(child.path)) {
      if (&snapshot.roster.entries()[slot] == &child) continue;
      for (const MetricRow& row : kMetricTable)
        if (row.group == MetricGroup::kCpu) (snapshot.samples[slot].*row.member).reset();
      std::fill_n(snapshot.core_ns.begin() + slot * snapshot.cores, snapshot.cores, Reading{});
    }
}

struct Comparison {
  ParityReport report;
  std::size_t cgroups = 0;
};

Result<Comparison> compare_once(WalkDiscovery& walk, BpfSource& bpf, const Topology& topology,
                                unsigned cores) {
  CgroupRoster roster = make_roster();
  walk.start_over();
  if (auto walked = walk.refresh(roster); !walked) return walked.error();
  FilesSource files(topology, FilesOptions{.max_open_files = 1024, .per_cpu = cores > 0});

  Snapshot before(roster);
  Snapshot tested(roster);
  Snapshot after(roster);
  for (Snapshot* snapshot : {&before, &tested, &after}) snapshot->cores = cores;
  before.begin();
  if (auto read = files.collect(before); !read) return read.error();
  // Cgroups may come and go meanwhile; the new walk keeps the slots of those that stay.
  if (auto walked = walk.refresh(roster); !walked) return walked.error();
  tested.begin();
  if (auto read = bpf.collect(tested); !read) return read.error();
  after.begin();
  if (auto read = files.collect(after); !read) return read.error();

  auto tolerance = ParityTolerance::of(static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN))),
                                       static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
  if (keeps_cpu_times_twice(topology)) {
    tolerance.cpu_split.reset();
    forget_cpu_of_parents(tested);
  }
  return Comparison{.report = compute_parity(before, tested, after, tolerance), .cgroups = roster.size()};
}

GroupVerdict verdict_of(const GroupParity& parity, std::size_t cgroups) {
  switch (parity.verdict) {
    case ParityVerdict::kAgrees:
      return {.agrees = true,
              .text = fmt::format("compared with the files on {} live cgroups: agrees", cgroups)};
    case ParityVerdict::kUnproven:
      return {.agrees = true, .text = "no live cgroup has a value to compare with the files"};
    case ParityVerdict::kDisagrees:
      break;
  }
  return {.agrees = false, .text = parity.reason};
}

}  // namespace

Result<GroupVerdicts> compare_with_files(WalkDiscovery& walk, BpfSource& bpf, const Topology& topology,
                                         unsigned cores) {
  GroupVerdicts verdicts;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto compared = compare_once(walk, bpf, topology, cores);
    if (!compared) return compared.error();
    for (std::size_t i = 0; i < kMetricGroupCount; ++i)
      if (attempt == 0 || !verdicts[i].agrees)
        verdicts[i] = verdict_of(compared->report[i], compared->cgroups);
    if (std::ranges::all_of(verdicts, &GroupVerdict::agrees)) break;
  }
  walk.start_over();
  return verdicts;
}

}  // namespace squid
