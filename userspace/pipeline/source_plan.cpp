#include "pipeline/source_plan.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "cgroupfs/block_device_reader.h"
#include "cgroupfs/file_limit.h"
#include "cgroupfs/file_table.h"
#include "cgroupfs/topology_reader.h"
#include "interfaces/host_namespaces.h"
#include "kernel/cgroup_count.h"
#include "pipeline/host_root.h"
#include "pipeline/self_check.h"

namespace squid {
namespace {

// Tells about a process that may not load BPF programs before the kernel does, in clearer words.
Result<void> check_privilege(const Options& options) {
  if (geteuid() == 0 || options.source == SourceChoice::kFiles) return {};
  return Error{
      "reading by eBPF and finding container names needs root; run it as root, or add --source files to "
      "measure from "
      "the cgroup files alone"};
}

Result<Topology> usable_topology(const Options& options) {
  auto topology = read_topology({.cgroup_root = options.cgroup_root});
  if (topology && topology->restricted) return Error{*topology->restricted};
  return topology;
}

GroupMask groups_of_files(const Topology& topology) {
  GroupMask groups = 0;
  for (const PlannedRow& row : compute_file_plan(topology).rows) groups |= group_bit(row.row->group);
  return groups;
}

void open_files(const Options& options, Sources& sources) {
  const auto limit = raise_file_limit();
  if (!limit) sources.plan.warnings.push_back(limit.error().message);
  sources.plan.file_budget = compute_file_budget(limit ? *limit : 1024);
  sources.files = std::make_unique<FilesSource>(
      sources.plan.topology,
      FilesOptions{.slow_interval_ns = static_cast<std::uint64_t>(options.pressure_interval.count()),
                   .max_open_files = sources.plan.file_budget,
                   .per_cpu = options.per_cpu,
                   .counts_device = make_device_filter()});
}

Result<void> open_walks(const Options& options, Sources& sources) {
  const auto hierarchies = static_cast<std::uint32_t>(sources.plan.topology.hierarchies.size());
  auto parts = open_bpf(sources.plan.topology,
                        {.max_records = options.max_cgroups * hierarchies, .per_cpu = options.per_cpu});
  if (!parts) return parts.error();
  sources.walk = std::move(parts->discovery);
  sources.bpf = std::move(parts->source);
  sources.lifecycle = std::move(parts->lifecycle);
  if (sources.lifecycle)
    sources.plan.births =
        "as the kernel tells them; a container that lives between two passes is counted in full";
  else
    sources.plan.warnings.push_back(fmt::format(
        "births and deaths are only noticed in the next pass ({}); what a container used after its "
        "last sample is missed",
        parts->lifecycle_remark));
  sources.plan.bpf =
      "in use; one walk over the cgroup tree in each pass, without a lock that others would wait for";
  for (std::size_t i = 0; i < kMetricGroupCount; ++i) sources.plan.groups[i].why = parts->remarks[i];
  return {};
}

// Each set of programs takes its time to load, most of it in the kernel, so they are loaded side by side: the
// first sample waits for all of them.
struct Loading {
  std::optional<Result<std::unique_ptr<BlockIo>>> block;
  std::optional<Result<std::unique_ptr<NetworkPrograms>>> network;
  std::optional<Result<std::unique_ptr<LatencyProgram>>> latency;
  // Last, so that they have ended when the results go.
  std::vector<std::jthread> threads;
};

// For what there is, for what comes, and for what has ended and still has something to write or to send.
// There is no making more of them later.
std::uint32_t count_slots(const Options& options, const Hierarchy& hierarchy, std::uint32_t least) {
  constexpr std::uint64_t kRoomToGrow = 4;
  const std::uint64_t wanted = std::max<std::uint64_t>(least, kRoomToGrow * count_cgroups(hierarchy));
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, std::max(least, options.max_cgroups)));
}

Result<std::unique_ptr<NetworkPrograms>> load_network(const std::string& mount_point, std::uint32_t slots) {
  const auto paths = CgroupPaths::open(mount_point);
  if (!paths) return paths.error();
  return NetworkPrograms::load(paths->root_fd(), {.slots = slots});
}

// The threads write into what is returned, which therefore stays where it is.
std::unique_ptr<Loading> begin_loading(const Options& options, const Topology& topology) {
  auto loading = std::make_unique<Loading>();
  if (const auto io = topology.find(Controller::kIo))
    loading->threads.emplace_back(
        [loading = loading.get(),
         slots = count_slots(options, topology.hierarchies[*io], BlockIo::Options().slots)] {
          loading->block = BlockIo::load({.slots = slots});
        });
  if (const auto index = topology.unified()) {
    const Hierarchy& unified = topology.hierarchies[*index];
    loading->threads.emplace_back([loading = loading.get(), mount_point = unified.mount_point,
                                   slots = count_slots(options, unified, NetworkPrograms::Options().slots)] {
      loading->network = load_network(mount_point, slots);
    });
  }
  const auto cpu = topology.find(Controller::kCpu);
  if (cpu && !options.latency.empty())
    loading->threads.emplace_back(
        [loading = loading.get(), version = topology.hierarchies[*cpu].version,
         slots = count_slots(options, topology.hierarchies[*cpu], LatencyProgram::Options().slots)] {
          loading->latency = LatencyProgram::load({.version = version, .slots = slots});
        });
  return loading;
}

// Not being able to is no reason to do without the walks: the files have the sums.
void open_block(const Options& options, Loading& loading, Sources& sources) {
  std::string& why = sources.plan.groups[static_cast<std::size_t>(MetricGroup::kIo)].why;
  const auto home = sources.plan.topology.find(Controller::kIo);
  if (!home) return;
  auto block = std::move(*loading.block);
  auto paths = CgroupPaths::open(sources.plan.topology.hierarchies[*home].mount_point);
  if (!block || !paths) {
    why = (block ? paths.error() : block.error()).message;
    return;
  }
  sources.block = std::make_unique<BlockSource>(
      BlockSource::Parts{.block = *std::move(block),
                         .devices = std::make_unique<SysfsBlockDevices>(),
                         .percentiles = options.percentiles},
      SlotOwners::Parts{.paths = *std::move(paths), .hierarchy = *home, .lifecycle = sources.lifecycle});
  why = sources.plan.topology.hierarchies[*home].version == CgroupVersion::kV2
            ? "counted since start; what is written back counts for the container that wrote it"
            : "counted since start; cgroup v1 knows no owner of what is written back from the page cache";
}

void open_network(Loading& loading, Sources& sources) {
  std::string& why = sources.plan.groups[static_cast<std::size_t>(MetricGroup::kSockets)].why;
  const auto unified = sources.plan.topology.unified();
  if (!unified) return;
  auto paths = CgroupPaths::open(sources.plan.topology.hierarchies[*unified].mount_point);
  if (!paths) {
    why = paths.error().message;
    return;
  }
  auto programs = std::move(*loading.network);
  if (!programs) {
    why = programs.error().message;
    return;
  }
  sources.network = std::make_unique<NetworkSource>(
      *std::move(programs),
      SlotOwners::Parts{.paths = *std::move(paths), .hierarchy = *unified, .lifecycle = sources.lifecycle});
  why = "counted since start, at the sockets, in every network namespace";
}

void open_latency(const Options& options, Loading& loading, Sources& sources) {
  std::string& why = sources.plan.groups[static_cast<std::size_t>(MetricGroup::kLatency)].why;
  if (!loading.latency) return;
  const HierarchyIndex home = *sources.plan.topology.find(Controller::kCpu);
  auto paths = CgroupPaths::open(sources.plan.topology.hierarchies[home].mount_point);
  auto program = std::move(*loading.latency);
  if (!program || !paths) {
    why = (program ? paths.error() : program.error()).message;
    sources.plan.warnings.push_back(fmt::format("--latency cpu is not possible: {}", why));
    return;
  }
  sources.latency = std::make_unique<LatencySource>(
      *std::move(program), options.percentiles,
      SlotOwners::Parts{.paths = *std::move(paths), .hierarchy = home, .lifecycle = sources.lifecycle});
  why = "counted since start, at each switch from one task to another";
}

void open_interfaces(const Options& options, Sources& sources) {
  std::string& why = sources.plan.groups[static_cast<std::size_t>(MetricGroup::kNetwork)].why;
  auto namespaces = HostNamespaces::open(sources.plan.topology);
  if (!namespaces) {
    why = namespaces.error().message;
    return;
  }
  sources.interfaces = std::make_unique<InterfaceSource>(
      *std::move(namespaces), static_cast<std::uint64_t>(options.interface_interval.count()));
  why = "of the network namespace, unless it is the host's; once where several containers share it";
}

// A group that BPF gets wrong is worse than one it does not supply.
Result<void> apply_self_check(Sources& sources) {
  auto verdicts = compare_with_files(*sources.walk, *sources.bpf, sources.plan.topology, sources.cores);
  if (!verdicts) return verdicts.error();
  for (std::size_t i = 0; i < kMetricGroupCount; ++i) {
    const GroupVerdict& verdict = (*verdicts)[i];
    const auto group = static_cast<MetricGroup>(i);
    if ((sources.bpf->groups() & group_bit(group)) == 0) continue;
    sources.plan.groups[i].why = verdict.text;
    if (verdict.agrees) continue;
    sources.bpf->disable(group);
    sources.plan.warnings.push_back(
        fmt::format("eBPF and the cgroup files disagree about {} ({}); it is read from the files",
                    group_name(group), verdict.text));
  }
  return {};
}

// Before Linux 6.1 no program can walk over cgroups, but sockets can be counted all the same.
void do_without_walks(const std::string& why, Loading& loading, Sources& sources) {
  sources.walk.reset();
  sources.bpf.reset();
  sources.lifecycle.reset();
  open_network(loading, sources);
  const bool counts_sockets = sources.network != nullptr;
  sources.plan.bpf = (counts_sockets ? "in use for sockets only: " : "not in use: ") + why;
  sources.plan.warnings.push_back(
      fmt::format("eBPF is {} ({}); {} is read from the cgroup files, which costs more CPU",
                  counts_sockets ? "in use for sockets only" : "not in use", why,
                  counts_sockets ? "all else" : "everything"));
}

void assign_groups(const Options& options, Sources& sources) {
  const GroupMask from_bpf = sources.bpf ? sources.bpf->groups() : 0;
  const GroupMask from_block = sources.block ? group_bit(MetricGroup::kIo) : 0;
  const GroupMask from_network = sources.network ? group_bit(MetricGroup::kSockets) : 0;
  const GroupMask from_latency = sources.latency ? group_bit(MetricGroup::kLatency) : 0;
  const GroupMask from_interfaces = sources.interfaces ? group_bit(MetricGroup::kNetwork) : 0;
  const GroupMask from_files = groups_of_files(sources.plan.topology);
  for (std::size_t i = 0; i < kMetricGroupCount; ++i) {
    const auto group = static_cast<MetricGroup>(i);
    GroupPlan& plan = sources.plan.groups[i];
    plan.source = "-";
    if (group == MetricGroup::kPerCpu && !options.per_cpu) {
      plan.why = "not asked for (--per-cpu)";
    } else if (group == MetricGroup::kLatency && options.latency.empty()) {
      plan.why = "not asked for (--latency cpu)";
    } else if ((from_bpf & group_bit(group)) != 0) {
      plan.source = "bpf";
    } else if ((from_block & group_bit(group)) != 0) {
      plan.source = "block";
    } else if ((from_network & group_bit(group)) != 0) {
      plan.source = "sockets";
    } else if ((from_latency & group_bit(group)) != 0) {
      plan.source = "latency";
    } else if ((from_interfaces & group_bit(group)) != 0) {
      plan.source = "interfaces";
    } else if ((from_files & group_bit(group)) != 0) {
      plan.source = "files";
      if (!sources.bpf) plan.why = sources.network ? "eBPF cannot read it here" : "eBPF is not in use";
    } else if (group == MetricGroup::kSockets) {
      if (plan.why.empty()) plan.why = "needs eBPF and cgroup v2, which also may stand beside v1";
    } else if (group == MetricGroup::kLatency) {
      if (plan.why.empty()) plan.why = "needs eBPF and the cpu controller";
    } else if (group == MetricGroup::kPressure) {
      plan.why = "needs cgroup v2 and a kernel with PSI (boot with psi=1)";
    } else if (group != MetricGroup::kNetwork) {  // whose reason is known
      plan.why = "no mounted cgroup hierarchy has its controller";
    }
  }
}

std::string births_without_events(const TreeScan* scan) {
  std::string_view when = "in the next pass";
  if (scan != nullptr)
    when = scan->is_watching()
               ? "in the next pass, as inotify tells"
               : "within a second, by listing the cgroups (fs.inotify.max_user_watches is used up)";
  return fmt::format(
      "{}; what a container used after its last sample is missed, and of what lives between two passes {}",
      when, scan != nullptr && scan->is_watching() ? "only the number is known" : "nothing is known");
}

void fill_costs(const std::vector<ProgramCost>& programs, SelfMetrics& self) {
  self.programs.clear();
  self.bpf_runs = self.bpf_run_ns = 0;
  for (const ProgramCost& program : programs) {
    const auto runs = static_cast<double>(program.runs), run_ns = static_cast<double>(program.run_time_ns);
    self.programs[program.name] = {.runs = runs, .run_ns = run_ns};
    self.bpf_runs += runs;
    self.bpf_run_ns += run_ns;
  }
}

}  // namespace

Result<Sources> open_sources(const Options& options) {
  if (const auto privileged = check_privilege(options); !privileged) return privileged.error();
  auto topology = usable_topology(options);
  if (!topology) return topology.error();

  Sources sources;
  sources.plan.topology = *std::move(topology);
  if (options.per_cpu) sources.cores = static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_CONF)));
  open_files(options, sources);
  if (auto why = explain_missing_names(options.host_root)) sources.plan.warnings.push_back(*std::move(why));

  sources.plan.bpf = "not in use, as asked for by --source files";
  if (options.source != SourceChoice::kFiles) {
    const auto loading = begin_loading(options, sources.plan.topology);
    auto opened = open_walks(options, sources);
    if (opened) opened = apply_self_check(sources);
    if (!opened && options.source == SourceChoice::kBpf)
      return Error{fmt::format("{}; --source files does without eBPF, at the price of more CPU",
                               opened.error().message)};
    loading->threads.clear();  // waits for them
    if (opened) {
      open_block(options, *loading, sources);
      open_network(*loading, sources);
      open_latency(options, *loading, sources);
    } else {
      do_without_walks(opened.error().message, *loading, sources);
    }
  }
  open_interfaces(options, sources);
  if (!sources.walk)
    sources.scan =
        std::make_unique<TreeScan>(sources.plan.topology, ScanOptions{.max_cgroups = options.max_cgroups});
  if (!sources.lifecycle) sources.plan.births = births_without_events(sources.scan.get());
  assign_groups(options, sources);
  if (options.cost) {
    auto costs = ProgramCosts::begin();
    if (!costs) return costs.error();
    sources.costs = *std::move(costs);
  }
  return sources;
}

Discovery& Sources::discovery() {
  if (walk) return *walk;
  return *scan;
}

std::vector<MetricSource*> Sources::in_order() {
  std::vector<MetricSource*> sources;
  if (bpf) sources.push_back(bpf.get());
  if (block) sources.push_back(block.get());
  if (network) sources.push_back(network.get());
  if (latency) sources.push_back(latency.get());
  if (interfaces) sources.push_back(interfaces.get());
  sources.push_back(files.get());
  return sources;
}

std::vector<DetailSource*> Sources::details() {
  std::vector<DetailSource*> details;
  if (block) details.push_back(block.get());
  if (latency) details.push_back(latency.get());
  return details;
}

GroupMask Sources::told_at_end() const {
  if (!lifecycle) return 0;
  GroupMask groups = bpf->groups();
  if (block) groups |= group_bit(MetricGroup::kIo);
  if (network) groups |= group_bit(MetricGroup::kSockets);
  if (latency) groups |= group_bit(MetricGroup::kLatency);
  return groups;
}

void Sources::fill(SelfMetrics& self) {
  if (costs) fill_costs(costs->look(), self);
  if (bpf) {
    self.cgroups_seen = static_cast<double>(bpf->counts().seen);
    self.cgroups_over_limit = static_cast<double>(bpf->counts().overflow);
  } else {
    self.cgroups_seen = static_cast<double>(scan->cgroups_seen());
    self.cgroups_over_limit = static_cast<double>(scan->over_limit());
    self.lives_missed = static_cast<double>(scan->missed());
  }
  if (block) {
    self.io_over_limit = static_cast<double>(block->losses().no_slot);
    self.io_of_nobody = static_cast<double>(block->losses().no_cgroup);
    self.io_not_timed = static_cast<double>(block->losses().not_timed);
  }
  if (network) {
    self.packets_over_limit = static_cast<double>(network->losses().no_slot);
    self.packets_of_nobody = static_cast<double>(network->losses().no_socket);
  }
  if (latency) self.switches_over_limit = static_cast<double>(latency->over_limit());
  if (lifecycle) self.events_lost = static_cast<double>(lifecycle->lost());
  self.files_over_limit = static_cast<double>(files->files_over_limit());
}

}  // namespace squid
