#include "cgroupfs/files_source.h"

#include <gtest/gtest.h>
#include <time.h>

#include <filesystem>

#include "core/monotonic.h"
#include "support/fake_cgroup_tree.h"

namespace squid {
namespace {

using enum MetricGroup;

constexpr std::uint64_t kHour = 3'600'000'000'000;

std::shared_ptr<const Container> admit_all(std::string_view path, CgroupId) {
  auto container = std::make_shared<Container>();
  container->name = std::string(path);
  return container;
}

// A few cgroups of a fake host, and one source that reads them.
class Host {
 public:
  explicit Host(Topology topology, FilesOptions options = {.slow_interval_ns = 0})
      : roster_(admit_all), snapshot_(roster_), source_(std::move(topology), options) {}

  // What exists from now on: paths, each with the inode that makes it one life.
  void live(const std::vector<std::pair<std::string, std::uint64_t>>& cgroups) {
    roster_.begin_pass();
    for (const auto& [path, inode] : cgroups)
      if (roster_.observe(0, inode) == CgroupRoster::kUnknown) roster_.introduce(0, inode, path);
    roster_.end_pass(true);
  }

  const CgroupSample& collect() {
    snapshot_.begin();
    EXPECT_TRUE(source_.collect(snapshot_).has_value());
    return snapshot_.samples.front();
  }

  Snapshot& snapshot() { return snapshot_; }
  FilesSource& source() { return source_; }

 private:
  CgroupRoster roster_;
  Snapshot snapshot_;
  FilesSource source_;
};

TEST(FilesSource, ReadsEveryGroupOfV2) {
  const FakeCgroupTree tree{
      {"a",
       {{"cpu.stat",
         "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 4\nnr_throttled 1\nthrottled_usec 2\n"},
        {"cpu.max", "50000 100000\n"},
        {"memory.current", "4096\n"},
        {"memory.max", "8192\n"},
        {"memory.peak", "5000\n"},
        {"memory.stat", "anon 1\nfile 2\nkernel 3\nshmem 4\ninactive_file 5\npgfault 6\npgmajfault 7\n"},
        {"memory.swap.current", "8\n"},
        {"memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\n"},
        {"pids.current", "9\n"},
        {"pids.max", "max\n"},
        {"io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"},
        {"cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=11\n"},
        {"memory.pressure", "some avg10=0.00 total=12\nfull avg10=0.00 total=13\n"},
        {"io.pressure", "some avg10=0.00 total=14\nfull avg10=0.00 total=15\n"}}}};
  Host host(unified_topology(tree));
  host.live({{"/a", 7}});
  const CgroupSample& sample = host.collect();

  EXPECT_EQ(sample.cpu_total_ns, Reading{30'000});
  EXPECT_EQ(sample.cpu_throttled_ns, Reading{2'000});
  EXPECT_EQ(sample.cpu_limit_ns_per_s, Reading{500'000'000});
  EXPECT_EQ(sample.memory_usage_bytes, Reading{4096});
  EXPECT_EQ(sample.memory_limit_bytes, Reading{8192});
  EXPECT_EQ(sample.memory_peak_bytes, Reading{5000});
  EXPECT_EQ(sample.memory_kernel_bytes, Reading{3});
  EXPECT_EQ(sample.memory_swap_bytes, Reading{8});
  EXPECT_EQ(sample.memory_event_oom_kill, Reading{4});
  EXPECT_EQ(sample.pids_current, Reading{9});
  EXPECT_FALSE(sample.pids_limit.has_value());
  EXPECT_EQ(sample.pressure_cpu_some_us, Reading{11});
  EXPECT_EQ(sample.pressure_io_full_us, Reading{15});
  EXPECT_EQ(sample.io_discards, Reading{6});
  for (std::size_t group = 0; group < kMetricGroupCount; ++group)
    EXPECT_EQ(host.snapshot().supplied_by[group],
              main_field(static_cast<MetricGroup>(group)) == nullptr ? "" : "files")
        << group;
  EXPECT_EQ(host.source().errors(), 0U);
}

TEST(FilesSource, ReadsEveryGroupOfV1) {
  const FakeCgroupTree cpu{{"a",
                            {{"cpu.stat", "nr_periods 4\nnr_throttled 1\nthrottled_time 2\n"},
                             {"cpu.cfs_quota_us", "200000\n"},
                             {"cpu.cfs_period_us", "100000\n"},
                             {"cpuacct.usage", "33\n"},
                             {"cpuacct.usage_user", "22\n"},
                             {"cpuacct.usage_sys", "11\n"},
                             {"cpuacct.usage_percpu", "30 3 \n"}}}};
  const FakeCgroupTree memory{{"a",
                               {{"memory.usage_in_bytes", "4096\n"},
                                {"memory.limit_in_bytes", "9223372036854771712\n"},
                                {"memory.max_usage_in_bytes", "5000\n"},
                                {"memory.stat", "rss 1\ntotal_rss 2\ntotal_swap 3\n"},
                                {"memory.kmem.usage_in_bytes", "4\n"},
                                {"memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"},
                                {"memory.failcnt", "6\n"}}}};
  const FakeCgroupTree pids{{"a", {{"pids.current", "7\n"}, {"pids.max", "8\n"}}}};
  const Topology topology{
      .shape = TopologyShape::kLegacy,
      .hierarchies = {cpu.hierarchy(CgroupVersion::kV1, {Controller::kCpu, Controller::kCpuacct}),
                      memory.hierarchy(CgroupVersion::kV1, {Controller::kMemory}),
                      pids.hierarchy(CgroupVersion::kV1, {Controller::kPids})},
      .restricted = {}};
  Host host(topology, {.slow_interval_ns = 0, .per_cpu = true});
  host.snapshot().cores = 2;
  host.live({{"/a", 7}});
  const CgroupSample& sample = host.collect();

  EXPECT_EQ(sample.cpu_total_ns, Reading{33});
  EXPECT_EQ(sample.cpu_user_ns, Reading{22});
  EXPECT_EQ(sample.cpu_kernel_ns, Reading{11});
  EXPECT_EQ(sample.cpu_throttled_ns, Reading{2});
  EXPECT_EQ(sample.cpu_limit_ns_per_s, Reading{2'000'000'000});
  EXPECT_EQ(sample.memory_usage_bytes, Reading{4096});
  EXPECT_FALSE(sample.memory_limit_bytes.has_value());
  EXPECT_EQ(sample.memory_peak_bytes, Reading{5000});
  EXPECT_EQ(sample.memory_anon_bytes, Reading{2});
  EXPECT_EQ(sample.memory_swap_bytes, Reading{3});
  EXPECT_EQ(sample.memory_kernel_bytes, Reading{4});
  EXPECT_EQ(sample.memory_event_oom_kill, Reading{5});
  EXPECT_EQ(sample.memory_event_max, Reading{6});
  EXPECT_EQ(sample.pids_current, Reading{7});
  EXPECT_EQ(sample.pids_limit, Reading{8});
  EXPECT_EQ(host.snapshot().core_ns, (std::vector<Reading>{30, 3}));
  EXPECT_FALSE(sample.pressure_cpu_some_us.has_value());
}

TEST(FilesSource, PerCpuTimesAreReadOnlyOnRequest) {
  const FakeCgroupTree tree{{"a", {{"cpuacct.usage", "3\n"}, {"cpuacct.usage_percpu", "3 \n"}}}};
  Host host({.shape = TopologyShape::kLegacy,
             .hierarchies = {tree.hierarchy(CgroupVersion::kV1, {Controller::kCpuacct})},
             .restricted = {}});
  host.snapshot().cores = 1;
  host.live({{"/a", 7}});
  host.collect();
  EXPECT_FALSE(host.snapshot().core_ns.at(0).has_value());
}

TEST(FilesSource, OldV1KernelsHaveTheSplitInTicksOnly) {
  const FakeCgroupTree tree{{"a", {{"cpuacct.usage", "55000000\n"}, {"cpuacct.stat", "user 4\nsystem 1\n"}}}};
  Host host({.shape = TopologyShape::kLegacy,
             .hierarchies = {tree.hierarchy(CgroupVersion::kV1, {Controller::kCpuacct})},
             .restricted = {}});
  host.live({{"/a", 7}});
  const CgroupSample& sample = host.collect();
  EXPECT_EQ(sample.cpu_total_ns, Reading{55'000'000});
  EXPECT_EQ(sample.cpu_user_ns, Reading{40'000'000});
  EXPECT_EQ(sample.cpu_kernel_ns, Reading{10'000'000});
}

TEST(FilesSource, OnAHybridHostTheUnifiedTreeStandsInForAMissingDirectory) {
  const FakeCgroupTree unified{{"a", {{"cpu.stat", "usage_usec 1\n"}, {"memory.pressure", "some total=9\n"}}},
                               {"b", {{"cpu.stat", "usage_usec 2\nuser_usec 1\nsystem_usec 1\n"}}}};
  const FakeCgroupTree cpuacct{{"a", {{"cpuacct.usage", "1234\n"}}}};
  Host host({.shape = TopologyShape::kHybrid,
             .hierarchies = {unified.hierarchy(CgroupVersion::kV2, {}),
                             cpuacct.hierarchy(CgroupVersion::kV1, {Controller::kCpuacct})},
             .restricted = {}});
  host.live({{"/a", 7}, {"/b", 8}});
  host.collect();
  EXPECT_EQ(host.snapshot().samples[0].cpu_total_ns, Reading{1234});
  EXPECT_EQ(host.snapshot().samples[0].pressure_memory_some_us, Reading{9});
  EXPECT_EQ(host.snapshot().samples[1].cpu_total_ns, Reading{2000});
}

TEST(FilesSource, ReadsNothingThatThePassDoesNotWant) {
  const FakeCgroupTree tree{{"a", {{"memory.current", "4096\n"}, {"pids.current", "3\n"}}}};
  Host host(unified_topology(tree));
  host.live({{"/a", 7}});
  host.snapshot().begin();
  host.snapshot().wanted = group_bit(kPids);
  ASSERT_TRUE(host.source().collect(host.snapshot()).has_value());
  EXPECT_FALSE(host.snapshot().samples[0].memory_usage_bytes);
  EXPECT_EQ(host.snapshot().samples[0].pids_current, Reading{3});
}

TEST(FilesSource, FillsOnlyGroupsThatAreStillAbsent) {
  const FakeCgroupTree tree{
      {"a", {{"memory.current", "4096\n"}, {"memory.max", "8192\n"}, {"pids.current", "3\n"}}}};
  Host host(unified_topology(tree));
  host.live({{"/a", 7}});
  host.snapshot().begin();
  host.snapshot().samples[0].memory_usage_bytes = 1;
  host.snapshot().samples[0].set_taken(kMemory, 5);
  host.snapshot().supplied_by[static_cast<std::size_t>(kMemory)] = "bpf";
  ASSERT_TRUE(host.source().collect(host.snapshot()).has_value());

  const CgroupSample& sample = host.snapshot().samples[0];
  EXPECT_EQ(sample.memory_usage_bytes, Reading{1});
  EXPECT_FALSE(sample.memory_limit_bytes.has_value()) << "a group comes from one source";
  EXPECT_EQ(sample.taken(kMemory), 5U);
  EXPECT_EQ(sample.pids_current, Reading{3});
  EXPECT_EQ(host.snapshot().supplied_by[static_cast<std::size_t>(kMemory)], "bpf");
  EXPECT_EQ(host.snapshot().supplied_by[static_cast<std::size_t>(kPids)], "files");
  EXPECT_EQ(host.snapshot().supplied_by[static_cast<std::size_t>(kCpu)], "");
}

TEST(FilesSource, ReadsOnlyTheGroupsAskedFor) {
  const FakeCgroupTree tree{{"a", {{"memory.current", "4096\n"}, {"pids.current", "3\n"}}}};
  Host host(unified_topology(tree), {.groups = group_bit(kPids), .slow_interval_ns = 0});
  host.live({{"/a", 7}});
  const CgroupSample& sample = host.collect();
  EXPECT_FALSE(sample.memory_usage_bytes.has_value());
  EXPECT_EQ(sample.pids_current, Reading{3});
}

TEST(FilesSource, EachGroupHasTheTimeOfItsOwnRead) {
  const FakeCgroupTree tree{{"a", {{"cpu.stat", "usage_usec 1\n"}, {"pids.current", "3\n"}}}};
  Host host(unified_topology(tree));
  host.live({{"/a", 7}});
  const std::uint64_t before = monotonic_ns();
  const CgroupSample& sample = host.collect();
  const std::uint64_t after = monotonic_ns();
  EXPECT_GE(sample.taken(kCpu), before);
  EXPECT_GT(sample.taken(kPids), sample.taken(kCpu));
  EXPECT_LE(sample.taken(kPids), after);
  EXPECT_EQ(sample.taken(kMemory), 0U) << "was not read";
}

TEST(FilesSource, KeepsItsDescriptors) {
  FakeCgroupTree tree{{"a", {{"memory.current", "4096\n"}, {"pids.current", "3\n"}}}};
  Host host(unified_topology(tree));
  host.live({{"/a", 7}});
  host.collect();
  EXPECT_EQ(host.source().open_files(), 2U);
  tree.write("a", "memory.current", "5000\n");
  EXPECT_EQ(host.collect().memory_usage_bytes, Reading{5000});
  EXPECT_EQ(host.source().open_files(), 2U);
  EXPECT_EQ(host.source().files_over_limit(), 0U);
}

TEST(FilesSource, BeyondTheLimitFilesAreReadAllTheSameAndCounted) {
  const FakeCgroupTree tree{
      {"a", {{"memory.current", "1\n"}, {"pids.current", "2\n"}, {"memory.swap.current", "3\n"}}}};
  Host host(unified_topology(tree), {.slow_interval_ns = kHour, .max_open_files = 1});
  host.live({{"/a", 7}});
  for (std::uint64_t pass = 1; pass <= 3; ++pass) {
    const CgroupSample& sample = host.collect();
    EXPECT_EQ(sample.memory_usage_bytes, Reading{1});
    EXPECT_EQ(sample.pids_current, Reading{2});
    EXPECT_EQ(sample.memory_swap_bytes, Reading{3});
    EXPECT_EQ(host.source().open_files(), 1U);
    EXPECT_EQ(host.source().files_over_limit(), 2 * pass);
  }
}

TEST(FilesSource, SlowFilesLeaveHalfOfTheDescriptorsToTheOthers) {
  const FakeCgroupTree tree{
      {"a", {{"pids.current", "2\n"}, {"pids.max", "9\n"}, {"memory.pressure", "some total=1\n"}}}};
  Host host(unified_topology(tree), {.slow_interval_ns = 0, .max_open_files = 2});
  host.live({{"/a", 7}});
  const CgroupSample& sample = host.collect();
  EXPECT_EQ(sample.pids_limit, Reading{9});
  EXPECT_EQ(sample.pressure_memory_some_us, Reading{1});
  EXPECT_EQ(host.source().open_files(), 1U);
}

TEST(FilesSource, LimitsHoldBetweenSlowReadsAndPressureDoesNot) {
  FakeCgroupTree tree{{"a",
                       {{"pids.current", "2\n"},
                        {"pids.max", "9\n"},
                        {"memory.current", "100\n"},
                        {"memory.max", "1000\n"},
                        {"memory.peak", "150\n"},
                        {"memory.pressure", "some total=1\n"}}}};
  Host host(unified_topology(tree), {.slow_interval_ns = kHour});
  host.live({{"/a", 7}});
  EXPECT_EQ(host.collect().pressure_memory_some_us, Reading{1});

  tree.write("a", "pids.max", "10\n");
  tree.write("a", "memory.pressure", "some total=2\n");
  tree.write("a", "memory.current", "120\n");
  const CgroupSample& second = host.collect();
  EXPECT_EQ(second.pids_limit, Reading{9});
  EXPECT_EQ(second.memory_limit_bytes, Reading{1000});
  EXPECT_EQ(second.memory_peak_bytes, Reading{150});
  EXPECT_FALSE(second.pressure_memory_some_us.has_value()) << "it must not look as if it had stood still";
  EXPECT_EQ(second.taken(kPressure), 0U);

  tree.write("a", "memory.current", "400\n");
  EXPECT_EQ(host.collect().memory_peak_bytes, Reading{400}) << "no peak is below what is in use";
}

TEST(FilesSource, AnotherLifeAtTheSamePathStartsAfresh) {
  FakeCgroupTree tree{{"a", {{"memory.current", "1\n"}, {"memory.max", "1000\n"}}}};
  Host host(unified_topology(tree), {.slow_interval_ns = kHour});
  host.live({{"/a", 7}});
  EXPECT_EQ(host.collect().memory_limit_bytes, Reading{1000});

  tree.remove("a");
  tree.write("a", "memory.current", "2\n");
  host.live({{"/a", 8}});
  host.snapshot().begin();
  ASSERT_TRUE(host.source().collect(host.snapshot()).has_value());
  const CgroupSample* reborn = nullptr;
  for (const CgroupSample& sample : host.snapshot().samples)
    if (sample.id.value == 8) reborn = &sample;
  ASSERT_NE(reborn, nullptr);
  EXPECT_EQ(reborn->memory_usage_bytes, Reading{2});
  EXPECT_FALSE(reborn->memory_limit_bytes.has_value()) << "the limit of the life before";
  EXPECT_EQ(host.source().open_files(), 1U);
}

TEST(FilesSource, AVanishedCgroupIsNoErrorAndKeepsNothingOpen) {
  FakeCgroupTree tree{{"a", {{"memory.current", "1\n"}}}, {"b", {{"memory.current", "2\n"}}}};
  Host host(unified_topology(tree), {.slow_interval_ns = kHour});
  tree.remove("a");
  host.live({{"/a", 7}, {"/b", 8}});
  host.collect();
  EXPECT_FALSE(host.snapshot().samples[0].memory_usage_bytes.has_value());
  EXPECT_EQ(host.snapshot().samples[1].memory_usage_bytes, Reading{2});
  EXPECT_EQ(host.source().errors(), 0U);

  host.live({});
  host.collect();
  EXPECT_EQ(host.source().open_files(), 0U);
}

TEST(FilesSource, AMissingFileIsAskedForAgainAtTheSlowPaceOnly) {
  FakeCgroupTree tree{{"a", {{"memory.current", "1\n"}}}};
  Host patient(unified_topology(tree), {.slow_interval_ns = kHour});
  Host eager(unified_topology(tree), {.slow_interval_ns = 0});
  patient.live({{"/a", 7}});
  eager.live({{"/a", 7}});
  EXPECT_FALSE(patient.collect().pids_current.has_value());
  EXPECT_FALSE(eager.collect().pids_current.has_value());

  tree.write("a", "pids.current", "5\n");
  EXPECT_FALSE(patient.collect().pids_current.has_value());
  EXPECT_EQ(eager.collect().pids_current, Reading{5});
}

TEST(FilesSource, OtherFailuresAreCountedAndSayWhatAndWhy) {
  FakeCgroupTree tree{{"a", {{"memory.current", "1\n"}}}};
  std::filesystem::create_directory(tree.path() + "/a/pids.current");
  Host host(unified_topology(tree), {.slow_interval_ns = kHour});
  host.live({{"/a", 7}});
  host.snapshot().begin();
  const auto result = host.source().collect(host.snapshot());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "cannot read /a/pids.current: Is a directory");
  EXPECT_EQ(host.snapshot().samples[0].memory_usage_bytes, Reading{1}) << "one failure loses nothing else";
  EXPECT_EQ(host.source().errors(), 1U);
  host.collect();
  EXPECT_EQ(host.source().errors(), 1U) << "not once per pass";
}

TEST(FilesSource, TheRootCgroupIsNeverRead) {
  const FakeCgroupTree tree{{"", {{"memory.current", "1\n"}}}};
  Host host(unified_topology(tree));
  host.live({{"/", 7}});
  EXPECT_FALSE(host.collect().memory_usage_bytes.has_value());
}

TEST(FilesSource, AnEmptyOrBrokenFileIsAbsent) {
  const FakeCgroupTree tree{
      {"a", {{"memory.current", ""}, {"pids.current", "many\n"}, {"cpu.stat", "usage_usec\n"}}}};
  Host host(unified_topology(tree));
  host.live({{"/a", 7}});
  const CgroupSample& sample = host.collect();
  EXPECT_FALSE(sample.memory_usage_bytes.has_value());
  EXPECT_FALSE(sample.pids_current.has_value());
  EXPECT_FALSE(sample.cpu_total_ns.has_value());
  EXPECT_EQ(host.snapshot().supplied_by[static_cast<std::size_t>(kPids)], "");
}

TEST(FilesSource, IsRegistered) {
  ASSERT_NE(SourceRegistry::find("files"), nullptr);
}

}  // namespace
}  // namespace squid
