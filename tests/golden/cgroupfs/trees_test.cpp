// Recorded hosts in, exact samples out: what tests/golden/record saw on a kernel with cgroup v1, with v2, and
// with both, read by the code that reads a real host.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "cgroupfs/files_source.h"
#include "cgroupfs/topology_reader.h"
#include "cgroupfs/tree_scan.h"
#include "core/metric_table.h"
#include "resolvers/container_match.h"
#include "support/golden.h"

namespace squid {
namespace {

constexpr unsigned kCores = 4;

std::string read_text(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class RecordedHost {
 public:
  explicit RecordedHost(const std::string& name)
      : root_(fmt::format("{}/golden/trees/{}", SQUID_TEST_DATA, name)) {}

  Topology topology() const {
    std::vector<CgroupMount> mounts = parse_mountinfo(read_text(root_ + "/mountinfo"));
    for (CgroupMount& mount : mounts) {
      mount.mount_point = root_ + mount.mount_point;
      std::istringstream names(read_text(mount.mount_point + "/cgroup.controllers"));
      if (mount.version == CgroupVersion::kV2)
        mount.controllers.assign(std::istream_iterator<std::string>(names), {});
    }
    // No container had a cgroup there.
    std::erase_if(mounts,
                  [](const CgroupMount& mount) { return !std::filesystem::exists(mount.mount_point); });
    return compute_topology(mounts, controllers()).value();
  }

  std::string relative(const std::string& path) const { return path.substr(root_.size()); }

 private:
  std::vector<KernelController> controllers() const {
    std::vector<KernelController> controllers;
    std::istringstream lines(read_text(root_ + "/cgroups"));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      KernelController controller;
      if (words >> controller.name >> controller.hierarchy) controllers.push_back(controller);
    }
    return controllers;
  }

  std::string root_;
};

std::string print(const RecordedHost& host, const Topology& topology) {
  constexpr std::string_view kControllers[] = {"cpu", "cpuacct", "memory", "pids", "io"};
  constexpr std::string_view kShapes[] = {"unified", "hybrid", "legacy"};
  std::string text = fmt::format("topology: {}\n", kShapes[static_cast<std::size_t>(topology.shape)]);
  for (const Hierarchy& hierarchy : topology.hierarchies) {
    text += fmt::format("{} v{} number {}:", host.relative(hierarchy.mount_point),
                        hierarchy.version == CgroupVersion::kV1 ? 1 : 2, hierarchy.kernel_id);
    for (const Controller controller : hierarchy.controllers)
      text += fmt::format(" {}", kControllers[static_cast<std::size_t>(controller)]);
    text += "\n";
  }
  return text;
}

// Every field of the sample, by the metric table, as the kernel's own number.
std::string print(const CgroupSample& sample, std::span<const Reading> cores) {
  std::string text;
  const auto append = [&text](std::string_view name, Reading reading) {
    text += fmt::format("  {:<32} {}\n", name, reading ? fmt::to_string(*reading) : "-");
  };
  for (const MetricRow& row : kMetricTable) append(row.info.name, sample.*row.member);
  for (std::size_t core = 0; core < cores.size(); ++core) append(fmt::format("core {}", core), cores[core]);
  return text;
}

std::string print(const Snapshot& snapshot) {
  std::map<std::string, std::string> by_path;
  const auto entries = snapshot.roster.entries();
  for (std::size_t slot = 0; slot < entries.size(); ++slot) {
    CgroupSample sample = snapshot.samples[slot];
    derive_fields(sample);
    by_path[entries[slot].path] = print(sample, std::span(snapshot.core_ns).subspan(slot * kCores, kCores));
  }
  std::string text;
  for (const auto& [path, sample] : by_path) text += fmt::format("\n{}\n{}", path, sample);
  text += "\nsupplied by:\n";
  for (std::size_t group = 0; group < kMetricGroupCount; ++group)
    text += fmt::format("  {:<32} {}\n", kMetricGroupNames[group],
                        snapshot.supplied_by[group].empty() ? "-" : snapshot.supplied_by[group]);
  return text;
}

class RecordedTrees : public testing::TestWithParam<const char*> {};

TEST_P(RecordedTrees, GiveTheseSamples) {
  const RecordedHost host(GetParam());
  const Topology topology = host.topology();
  CgroupRoster roster([](std::string_view path, CgroupId) -> std::shared_ptr<const Container> {
    const auto match = match_container(path, "docker");
    return match && !match->nested ? std::make_shared<const Container>() : nullptr;
  });
  TreeScan scan(topology, {});
  ASSERT_TRUE(scan.refresh(roster).has_value());
  FilesSource source(topology, {.per_cpu = true});
  Snapshot snapshot(roster);
  snapshot.cores = kCores;
  snapshot.begin();
  ASSERT_TRUE(source.collect(snapshot).has_value());
  EXPECT_EQ(source.errors(), 0U) << source.last_error().message;

  expect_golden(print(host, topology) + print(snapshot), fmt::format("cgroupfs/{}.txt", GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Hosts, RecordedTrees, testing::Values("v1", "v2", "hybrid"));

}  // namespace
}  // namespace squid
