// What the files cost: one pass of FilesSource over every group, with kept descriptors and with files opened
// every time, and one scan of the tree, per cgroup. Real cgroups in every hierarchy of this host; needs root.
//
// Usage: squid_bench_files [CGROUPS...]   (100 1000 10000)
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cgroupfs/file_limit.h"
#include "cgroupfs/files_source.h"
#include "cgroupfs/topology_reader.h"
#include "cgroupfs/tree_scan.h"

namespace {

using namespace squid;

constexpr std::uint64_t kHour = 3'600'000'000'000;
constexpr int kRounds = 5;

// N cgroups below one parent in every hierarchy, gone at the end.
class Crowd {
 public:
  Crowd(const Topology& topology, std::size_t count) : topology_(topology), count_(count) {
    for (const Hierarchy& hierarchy : topology_.hierarchies) {
      std::filesystem::create_directory(hierarchy.mount_point + path_);
      if (hierarchy.version == CgroupVersion::kV2) delegate(hierarchy);
      for (std::size_t i = 0; i < count_; ++i) mkdir(child(hierarchy, i).c_str(), 0755);
    }
  }
  ~Crowd() {
    for (const Hierarchy& hierarchy : topology_.hierarchies) {
      for (std::size_t i = 0; i < count_; ++i) rmdir(child(hierarchy, i).c_str());
      rmdir((hierarchy.mount_point + path_).c_str());
    }
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string child(const Hierarchy& hierarchy, std::size_t i) const {
    return hierarchy.mount_point + path_ + "/" + std::to_string(i);
  }
  void delegate(const Hierarchy& hierarchy) const {
    std::FILE* file = std::fopen((hierarchy.mount_point + path_ + "/cgroup.subtree_control").c_str(), "we");
    if (file == nullptr) return;
    for (const Controller controller : hierarchy.controllers) {
      constexpr const char* kNames[] = {"+cpu", "", "+memory", "+pids", "+io"};
      std::fputs(kNames[static_cast<std::size_t>(controller)], file);
      std::fflush(file);
    }
    std::fclose(file);
  }

  const Topology& topology_;
  std::size_t count_;
  std::string path_ = "/squid-bench-files-" + std::to_string(getpid());
};

double thread_cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

// The least CPU time of some rounds, in µs per cgroup: what the machine does besides is not the question.
template <typename Work>
double measure(std::size_t cgroups, Work work) {
  double best = 1e300;
  for (int round = 0; round < kRounds; ++round) {
    const double start = thread_cpu_us();
    work();
    best = std::min(best, thread_cpu_us() - start);
  }
  return best / static_cast<double>(cgroups);
}

double measure_source(const Topology& topology, Snapshot& snapshot, std::size_t cgroups, FilesOptions options,
                      std::size_t& open_files) {
  FilesSource source(topology, options);
  const auto pass = [&] {
    snapshot.begin();
    if (!source.collect(snapshot)) std::abort();
  };
  pass();
  const double result = measure(cgroups, pass);
  open_files = source.open_files();
  return result;
}

void run(const Topology& topology, std::size_t count, std::size_t budget) {
  const Crowd crowd(topology, count);
  CgroupRoster roster([&](std::string_view path, CgroupId) -> std::shared_ptr<const Container> {
    const bool ours = path.starts_with(crowd.path()) && path.size() > crowd.path().size();
    return ours ? std::make_shared<const Container>() : nullptr;
  });
  TreeScan scan(topology, {.rescan_interval_ns = 0});
  const double scan_us = measure(count, [&] {
    if (!scan.refresh(roster)) std::abort();
  });
  Snapshot snapshot(roster);

  std::size_t kept_files = 0;
  std::size_t unkept_files = 0;
  std::size_t slow_files = 0;
  const double kept_us = measure_source(topology, snapshot, count,
                                        {.slow_interval_ns = kHour, .max_open_files = budget}, kept_files);
  const double opened_us = measure_source(topology, snapshot, count,
                                          {.slow_interval_ns = kHour, .max_open_files = 0}, unkept_files);
  const double slow_us = measure_source(topology, snapshot, count,
                                        {.slow_interval_ns = 0, .max_open_files = budget}, slow_files);
  const double pressure_us = measure_source(
      topology, snapshot, count,
      {.groups = group_bit(MetricGroup::kPressure), .slow_interval_ns = 0, .max_open_files = budget},
      slow_files);
  const double idle_us = measure_source(
      topology, snapshot, count,
      {.groups = group_bit(MetricGroup::kPressure), .slow_interval_ns = kHour, .max_open_files = budget},
      slow_files);
  fmt::print("{:>8} {:>10.2f} {:>10} {:>10.2f} {:>12.2f} {:>10.2f} {:>10.3f} {:>10.2f}\n", roster.size(),
             kept_us, kept_files, opened_us, slow_us, pressure_us, idle_us, scan_us);
}

}  // namespace

int main(int argc, char** argv) {
  const auto topology = read_topology({});
  const auto limit = raise_file_limit();
  if (!topology || !limit) {
    fmt::print(stderr, "{}\n", topology ? limit.error().message : topology.error().message);
    return 2;
  }
  std::vector<std::size_t> counts;
  for (int i = 1; i < argc; ++i) counts.push_back(std::strtoul(argv[i], nullptr, 10));
  if (counts.empty()) counts = {100, 1000, 10000};

  fmt::print("µs of CPU per cgroup; {} files of every cgroup, {} hierarchies\n",
             compute_file_plan(*topology).files.size(), topology->hierarchies.size());
  fmt::print("{:>8} {:>10} {:>10} {:>10} {:>12} {:>10} {:>10} {:>10}\n", "cgroups", "pass", "kept", "opening",
             "with slow", "pressure", "resting", "scan");
  for (const std::size_t count : counts) run(*topology, count, compute_file_budget(*limit));
  return 0;
}
