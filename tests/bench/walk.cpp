// What it costs to read CPU time and memory of every cgroup: by the BPF walk, from descriptors that are kept
// open, and by opening, reading and closing. All in one run on the same cgroups, because only the ratios
// travel from one machine to another.
//
// Usage: squid_bench_walk [--bar MICROSECONDS] [CGROUPS...]
// With a bar it fails where the walk in a tight loop over 1,000 cgroups costs more for each.
#include <fmt/core.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cgroupfs/file_limit.h"
#include "cgroupfs/files_source.h"
#include "support/bpf_rig.h"
#include "support/live_cgroup.h"

namespace squid {
namespace {

constexpr GroupMask kGroups =
    group_bit(MetricGroup::kCpu) | group_bit(MetricGroup::kMemory) | group_bit(MetricGroup::kMemoryStat);
constexpr int kBarCgroups = 1000;

// CPU time of this thread: what somebody else does on the machine costs only the caches.
double used_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

// Microseconds of the median of `rounds` calls, after one that warms up.
double median_us(int rounds, const std::function<void()>& pass, std::chrono::seconds pause = {}) {
  std::vector<double> times;
  pass();
  for (int i = 0; i < rounds; ++i) {
    std::this_thread::sleep_for(pause);
    const double begin = used_us();
    pass();
    times.push_back(used_us() - begin);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

struct Costs {  // microseconds for each cgroup
  double walk, walk_cold, sample, kept, opened;
};

double files_us(const Topology& topology, BpfRig& bpf, int rounds, std::size_t kept_files) {
  FilesSource files(topology,
                    {.groups = kGroups, .slow_interval_ns = 3'600'000'000'000, .max_open_files = kept_files});
  return median_us(rounds, [&] {
    bpf.snapshot.begin();
    must(files.collect(bpf.snapshot));
  });
}

Costs measure(const Topology& topology, int count) {
  const LiveCgroup parent(topology, "/squid-bench-" + std::to_string(getpid()));
  parent.delegate();
  std::deque<LiveCgroup> cgroups;
  for (int i = 0; i < count; ++i) cgroups.emplace_back(topology, parent.path() + "/" + std::to_string(i));

  // Every cgroup is about as many records as it has directories with something to tell, so this is enough.
  const auto opened = CgroupWalks::open(topology, {.max_records = 1U << 20});
  if (!opened) throw std::runtime_error(opened.error().message);
  CgroupWalks& walks = **opened;
  walks.set_groups(kGroups);
  BpfRig bpf(topology, parent.path() + "/", {.max_records = 1U << 20});
  bpf.parts.source->set_groups(kGroups);
  bpf.pass();

  const int rounds = std::max(5, 100'000 / count);
  Costs costs{};
  costs.walk = median_us(rounds, [&] { must(walks.run()); });
  costs.walk_cold = median_us(
      5, [&] { must(walks.run()); }, std::chrono::seconds(1));
  costs.sample = median_us(rounds, [&] { bpf.pass(); });
  costs.kept = files_us(topology, bpf, std::max(5, rounds / 10), 1U << 20);
  costs.opened = files_us(topology, bpf, std::max(3, rounds / 50), 0);
  for (double Costs::*cost : {&Costs::walk, &Costs::walk_cold, &Costs::sample, &Costs::kept, &Costs::opened})
    costs.*cost /= count;
  return costs;
}

int run(const std::vector<int>& counts, double bar_us) {
  const Topology topology = live_topology();
  const auto limit = raise_file_limit();
  fmt::print("CPU time and memory of every cgroup, microseconds of CPU per cgroup (open files: {})\n",
             limit ? std::to_string(*limit) : limit.error().message);
  fmt::print("{:>8}  {:>10}  {:>10}  {:>12}  {:>10}  {:>16}  {:>11}  {:>11}\n", "cgroups", "BPF walk",
             "at 1 Hz", "walk+decode", "kept files", "open/read/close", "kept / BPF", "open / BPF");
  bool met = true;
  for (const int count : counts) {
    const Costs costs = measure(topology, count);
    fmt::print("{:>8}  {:>10.3f}  {:>10.3f}  {:>12.3f}  {:>10.2f}  {:>16.2f}  {:>10.0f}x  {:>10.0f}x\n",
               count, costs.walk, costs.walk_cold, costs.sample, costs.kept, costs.opened,
               costs.kept / costs.walk, costs.opened / costs.walk);
    std::fflush(stdout);
    if (bar_us > 0 && count == kBarCgroups) {
      met = costs.walk <= bar_us;
      fmt::print("          bar at {}: {:.3f} of {:.3f} us, {}\n", count, costs.walk, bar_us,
                 met ? "met" : "MISSED");
    }
  }
  fmt::print(
      "BPF walk: in a tight loop, flush included. At 1 Hz the caches are cold: what counts then is how many "
      "of the\n"
      "kernel's cache lines a cgroup takes, not how many instructions. walk+decode: until the samples are "
      "filled.\n");
  return met ? 0 : 1;
}

}  // namespace
}  // namespace squid

int main(int argc, char** argv) {
  std::vector<int> counts;
  double bar_us = 0;
  try {
    for (int i = 1; i < argc; ++i) {
      if (std::string_view(argv[i]) == "--bar" && i + 1 < argc) {
        bar_us = std::stod(argv[++i]);
      } else {
        counts.push_back(std::stoi(argv[i]));
      }
    }
    if (counts.empty()) counts = {100, squid::kBarCgroups, 10'000};
    return squid::run(counts, bar_us);
  } catch (const std::exception& error) {
    fmt::print(stderr, "squid_bench_walk: {}\n", error.what());
    return 2;
  }
}
