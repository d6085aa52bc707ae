// SelfMetrics: what squid-bpf says about itself, under squid.* in every report. One table, as for the
// containers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/metric_table.h"

namespace squid {

struct SelfMetrics {
  // Of the flush window.
  double passes = 0;
  double passes_missed = 0;
  double pass_cpu_ns = 0;  // sums; shipped per pass
  double pass_wall_ns = 0;
  double pass_wall_ns_max = 0;
  double births = 0;
  double deaths = 0;
  // At the flush.
  double cgroups_seen = 0;
  double containers = 0;
  double containers_unnamed = 0;
  double process_cpu_ns = 0;  // of the window
  double process_rss_bytes = 0;
  double open_files = 0;
  double bpf_runs = 0;    // of the window
  double bpf_run_ns = 0;  // of the window
  // Since start.
  double reloads = 0;
  double reloads_failed = 0;
  // Losses, since start.
  double cgroups_over_limit = 0;
  double source_errors = 0;
  double name_failures = 0;
  double files_over_limit = 0;
  double events_lost = 0;
  double lives_missed = 0;
  double packets_over_limit = 0;
  double packets_of_nobody = 0;
  double io_over_limit = 0;
  double io_of_nobody = 0;
  double io_not_timed = 0;
  double switches_over_limit = 0;
  double reports_lost_at_reload = 0;
  // Where rules put containers into categories: how many are in each.
  std::optional<std::map<std::string, double>> categories = {};
  // With --cost: of each of our BPF programs that ran in the window.
  struct Runs {
    double runs = 0;
    double run_ns = 0;
  };
  std::map<std::string, Runs> programs = {};
};

struct SelfMetricRow {
  MetricInfo info;
  double SelfMetrics::*member;
  double SelfMetrics::*per = nullptr;  // shipped value = member / per, absent while that is zero
};

inline constexpr auto kSelfMetricTable = [] {
  using enum MetricKind;
  using S = SelfMetrics;
  return std::to_array<SelfMetricRow>({
      // clang-format off
      {{"squid.pass.count", "passes", kGauge, "Sample passes in this flush"}, &S::passes},
      {{"squid.pass.missed", "passes", kGauge, "Sample passes skipped because the one before was late"}, &S::passes_missed},
      {{"squid.pass.cpu_ns", "ns", kGauge, "CPU time of one sample pass, mean"}, &S::pass_cpu_ns, &S::passes},
      {{"squid.pass.wall_ns", "ns", kGauge, "Duration of one sample pass, mean"}, &S::pass_wall_ns, &S::passes},
      {{"squid.pass.wall_ns_max", "ns", kGauge, "Duration of the longest sample pass"}, &S::pass_wall_ns_max},
      {{"squid.cgroups.seen", "cgroups", kGauge, "Cgroups on this host"}, &S::cgroups_seen},
      {{"squid.cgroups.over_limit", "cgroups", kGauge, "Cgroups not read because --max-cgroups was reached"}, &S::cgroups_over_limit},
      {{"squid.containers.watched", "containers", kGauge, "Containers that are being measured"}, &S::containers},
      {{"squid.containers.unnamed", "containers", kGauge, "Of these, shown by their id because no name was found yet"}, &S::containers_unnamed},
      {{"squid.containers.births", "containers", kGauge, "Containers that appeared in this flush"}, &S::births},
      {{"squid.containers.deaths", "containers", kGauge, "Containers that disappeared in this flush"}, &S::deaths},
      {{"squid.reload.ok", "reloads", kGauge, "Reloads of the configuration that came into force, since start"}, &S::reloads},
      {{"squid.reload.failed", "reloads", kGauge, "Reloads that changed nothing because something was wrong with the configuration, since start"}, &S::reloads_failed},
      {{"squid.loss.source_errors", "errors", kGauge, "Failed reads that were not a vanished cgroup, since start"}, &S::source_errors},
      {{"squid.loss.name_failures", "errors", kGauge, "Failed attempts to find a container's name, since start"}, &S::name_failures},
      {{"squid.loss.files_over_limit", "files", kGauge, "Reads that went without a kept descriptor because the limit was reached, since start"}, &S::files_over_limit},
      {{"squid.loss.events", "events", kGauge, "Births and deaths that the kernel could not tell because its buffer was full, since start"}, &S::events_lost},
      {{"squid.loss.lives", "cgroups", kGauge, "Cgroups that came and went between two passes and were not measured, since start; with eBPF none"}, &S::lives_missed},
      {{"squid.loss.packets_over_limit", "packets", kGauge, "Packets not counted because too many cgroups have sockets, since start"}, &S::packets_over_limit},
      {{"squid.loss.packets_of_nobody", "packets", kGauge, "Packets of no socket that belongs to a cgroup, since start"}, &S::packets_of_nobody},
      {{"squid.loss.io_over_limit", "requests", kGauge, "Block requests not counted because too many pairs of cgroup and device are in use, since start"}, &S::io_over_limit},
      {{"squid.loss.io_of_nobody", "requests", kGauge, "Block requests that belong to no cgroup, such as cache flushes, since start"}, &S::io_of_nobody},
      {{"squid.loss.io_not_timed", "requests", kGauge, "Block requests that are counted, but of which the begin was not seen, since start"}, &S::io_not_timed},
      {{"squid.loss.switches_over_limit", "switches", kGauge, "Task switches that found no room for their cgroup, since start"}, &S::switches_over_limit},
      {{"squid.loss.reports_at_reload", "reports", kGauge, "Reports that sinks which a reload has ended could not deliver in time, and had no place on disk for, since start"}, &S::reports_lost_at_reload},
      {{"squid.process.cpu_ns", "ns", kGauge, "CPU time of squid-bpf in this flush, everything included"}, &S::process_cpu_ns},
      {{"squid.process.rss_bytes", "bytes", kGauge, "Resident memory of squid-bpf"}, &S::process_rss_bytes},
      {{"squid.process.open_files", "files", kGauge, "Open descriptors of squid-bpf"}, &S::open_files},
      {{"squid.bpf.runs", "runs", kGauge, "With --cost: runs of our BPF programs in this flush; also of each, under squid.bpf.<program>"}, &S::bpf_runs},
      {{"squid.bpf.run_ns", "ns", kGauge, "With --cost: mean run time of a BPF program, as counted by the kernel; also of each"}, &S::bpf_run_ns, &S::bpf_runs},
      // clang-format on
  });
}();

}  // namespace squid
